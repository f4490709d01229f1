-- An account that somebody has proved to be. Takes :name; gives role, password (its hash) and whether it is disabled. Locks it
-- against changes.
select role, password, disabled_at is not null as disabled from rowhouse.account where name = :name for share
