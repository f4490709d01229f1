-- Records a token, and forgets those that ended a week ago. Takes :hash, :user and :ttl_ms; gives when it expires.
with old as (
    delete from rowhouse.join_token where expires_at < now() - interval '7 days'
)
insert into rowhouse.join_token (hash, created_by, expires_at)
values (:hash, :user, now() + :ttl_ms::bigint * interval '1 millisecond')
returning expires_at
