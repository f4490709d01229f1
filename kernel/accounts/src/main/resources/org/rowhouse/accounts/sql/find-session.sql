-- The session of a secret: who it is, and what is wrong with it. If :used, notes, to a minute, that it is used.
-- takes: hash, idle_ms, used    locks: the session, once a minute
-- gives: number, account, name, role, expires_at, left_ms, and trouble: null if it is good; no row if there is none
with found as (
    select s.number, s.account, s.name, coalesce(a.role, s.role) as role, s.expires_at, s.seen_at, s.ended_by,
           case
               when s.ended_at is not null then 'ended'
               when s.account is not null and (a.name is null or a.disabled_at is not null) then 'disabled'
               when s.expires_at <= now() then 'expired'
               when s.seen_at <= now() - :idle_ms::bigint * interval '1 millisecond' then 'unused'
           end as trouble
    from rowhouse.session as s
    left join rowhouse.account as a on a.name = s.account
    where s.hash = :hash
), seen as (
    update rowhouse.session as s
    set seen_at = now()
    from found
    where :used::boolean and s.number = found.number and found.trouble is null and found.seen_at < now() - interval '1 minute'
)
select number, account, name, role, expires_at, (extract(epoch from expires_at - now()) * 1000)::bigint as left_ms,
       ended_by, trouble
from found
