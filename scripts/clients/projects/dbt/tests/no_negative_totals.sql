select * from {{ ref('totals') }} where total_cents < 0
