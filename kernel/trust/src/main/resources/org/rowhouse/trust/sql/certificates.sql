-- The certificates for people, the newest first. Takes :most; gives one JSON array.
select coalesce(json_agg(c), '[]')
from (
    select serial, node, role, subject, addresses, fingerprint, not_before, not_after, issued_at, issued_by, revoked_at,
           revoked_by,
           case when revoked_at is not null then 'revoked' when not_after <= now() then 'expired' else 'good' end as state
    from rowhouse.certificate
    order by issued_at desc, serial
    limit :most::int
) c
