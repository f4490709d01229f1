-- What someone has saved.
-- set: of :account and :kind, all or the one named :name; at most :most    gives: an array    locks: none
with listed as (
    select saved.name, saved.content, saved.changed_at
    from rowhouse.saved
    where saved.account = :account::text and saved.kind = :kind::text
      and (:name::text is null or saved.name = :name::text)
    order by saved.name
    limit :most::integer
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
