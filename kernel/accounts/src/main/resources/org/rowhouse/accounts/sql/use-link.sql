-- Uses a link up: of two that come at once, one finds it. Takes :hash and :address; gives a row if it was good.
update rowhouse.login_link
set used_at = now(), used_from = :address
where hash = :hash and used_at is null and expires_at > now()
returning account, name, role, session_until
