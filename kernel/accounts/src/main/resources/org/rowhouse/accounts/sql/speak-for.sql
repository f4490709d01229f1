-- Says for whom this transaction speaks: rowhouse.who() then gives that name.
select set_config('rowhouse.user', :user, true)
