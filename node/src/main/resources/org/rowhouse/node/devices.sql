-- The devices, without what they prove themselves by.
-- set: at most :most of them, or the one named :name    gives: an array    locks: none
with listed as (
    select name, case when revoked_at is null then 'good' else 'revoked' end as state, issued_at, issued_by, revoked_at,
           revoked_by
    from rowhouse.device
    where :name::text is null or name = :name::text
    order by name
    limit :most::integer
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
