{{ config(materialized='incremental', unique_key='id') }}

select id, account_id, total_cents, at::timestamp as at from {{ ref('raw_orders') }}
{% if is_incremental() %}
where at::timestamp >= (select max(at) from {{ this }})
{% endif %}
