-- Forgets something that was saved.
-- set: one row    gives: whether it was there    locks: the row
with gone as (
    delete from rowhouse.saved
    where saved.account = :account::text and saved.kind = :kind::text and saved.name = :name::text
    returning saved.name
)
select to_json(exists (select from gone))
