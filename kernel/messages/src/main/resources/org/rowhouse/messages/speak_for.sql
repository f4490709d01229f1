-- Says for whom this connection asks.
-- takes: the user; gives: a row    locks: none
select set_config('rowhouse.user', :user, false)
