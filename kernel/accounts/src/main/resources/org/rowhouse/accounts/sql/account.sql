-- An account that somebody has proved to be. Takes :name; gives role and whether it is disabled. Locks it against changes.
select role, disabled_at is not null as disabled from rowhouse.account where name = :name for share
