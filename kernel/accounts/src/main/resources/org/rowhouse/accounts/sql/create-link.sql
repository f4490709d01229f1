-- Records a link, unless the session that asks for it has ended. Takes hash, account, name, role, ttl_ms, session_ms, until (null:
-- no bound but session_ms) and session (null: made with a node's token).
-- locks: the session, so that it ends before or ends the link too    gives: expires_at; no row if the session is over
with alive as (
    select
    from rowhouse.session
    where number = :session::bigint and ended_at is null and expires_at > now()
    for update
)
insert into rowhouse.login_link (hash, account, name, role, expires_at, session_until)
select :hash, :account, :name, :role, now() + :ttl_ms::bigint * interval '1 millisecond',
       least(now() + :session_ms::bigint * interval '1 millisecond', :until::timestamptz)
where :session::bigint is null or exists (select from alive)
returning expires_at
