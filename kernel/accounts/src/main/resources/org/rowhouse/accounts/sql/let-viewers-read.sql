-- Lets viewers read what has been made since. Gives how many grants were missing. Locks: the order of such grants.
select rowhouse.let_viewers_read()
