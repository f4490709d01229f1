-- Lets the commits of this connection return before they are on the disk.
-- set: the connection
-- gives: nothing of use
-- locks: none
select set_config('synchronous_commit', 'off', false)
