-- Uses a token up: of two that come at once, one finds it. Takes :hash and :node; gives a row if it was good.
update rowhouse.join_token
set used_at = now(), used_by = :node
where hash = :hash and used_at is null and expires_at > now()
returning hash
