-- The sessions, newest first, without what could be used.
-- set: all of them, or those of :account and the one numbered :own; at most :most    gives: an array    locks: none
with listed as (
    select session.number, session.account, session.name, coalesce(account.role, session.role) as role, session.via,
           session.created_at, session.seen_at, session.expires_at, session.ended_at, session.ended_by, session.address,
           case
               when session.ended_at is not null then 'ended'
               when session.expires_at <= now() then 'expired'
               else 'open'
           end as state,
           session.number is not distinct from :own::bigint as own
    from rowhouse.session
    left join rowhouse.account on account.name = session.account
    where :all::boolean or session.account = :account::text or session.number = :own::bigint
    order by session.number desc
    limit :most::integer
)
select coalesce(json_agg(listed order by number desc), '[]'::json) from listed
