-- Adds to accounts; a test's system call.
-- set: one row for each account
-- gives: the new balance
-- locks: the accounts, in key order
with asked as materialized (
    select * from unnest(:id, :cents) with ordinality as asked (id, cents, position)
), changed as (
    insert into public.account as account (bucket, id, cents)
    select :bucket, id, cents from asked
    on conflict (bucket, id) do update set cents = account.cents + excluded.cents
    returning account.id, account.cents
)
select asked.position, changed.cents
from asked
join changed on changed.id = asked.id
order by asked.position
