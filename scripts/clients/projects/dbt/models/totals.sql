{{ config(materialized='table', indexes=[{'columns': ['account_id'], 'unique': true}]) }}

with totals as (
  select account_id, sum(total_cents) as total_cents, count(*) as orders from {{ ref('raw_orders') }} group by account_id
)

select a.id as account_id, a.slug, a.email, coalesce(t.total_cents, 0) as total_cents, t.orders
from {{ ref('accounts') }} a left join totals t on t.account_id = a.id
