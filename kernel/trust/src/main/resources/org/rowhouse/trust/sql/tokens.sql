-- The join tokens for people, without what could be used. Takes :most; gives one JSON array.
select coalesce(json_agg(t), '[]')
from (
    select left(hash, 8) as token, created_at, created_by, expires_at, used_at, used_by,
           case when used_at is not null then 'used' when expires_at <= now() then 'expired' else 'good' end as state
    from rowhouse.join_token
    order by created_at desc, hash
    limit :most::int
) t
