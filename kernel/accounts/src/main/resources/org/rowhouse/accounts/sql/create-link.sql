-- Records a link. Takes hash, account, name, role, ttl_ms, session_ms and until (null: no bound but session_ms).
-- locks: none    gives: expires_at
insert into rowhouse.login_link (hash, account, name, role, expires_at, session_until)
values (:hash, :account, :name, :role, now() + :ttl_ms::bigint * interval '1 millisecond',
        least(now() + :session_ms::bigint * interval '1 millisecond', :until::timestamptz))
returning expires_at
