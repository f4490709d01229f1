-- Saves something in place of what was there.
-- set: one row; none if there are :most already    gives: whether it is saved    locks: the row
with saved as (
    insert into rowhouse.saved as s (account, kind, name, content)
    select :account::text, :kind::text, :name::text, :content::jsonb
    where (select count(*)
           from rowhouse.saved as kept
           where kept.account = :account::text and kept.kind = :kind::text and kept.name <> :name::text)
          < :most::integer
    on conflict (account, kind, name) do update set content = excluded.content, changed_at = now()
    returning s.name
)
select to_json(exists (select from saved))
