select id, name, lower(name) || '-' || id as slug, email from {{ ref('raw_accounts') }}
