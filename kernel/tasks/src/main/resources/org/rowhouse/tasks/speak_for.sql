-- Says for whom this session speaks: rowhouse.who() then gives that name.
select set_config('rowhouse.user', :user, false)
