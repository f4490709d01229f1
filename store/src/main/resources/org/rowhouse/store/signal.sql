-- Sends words to all nodes that listen.
-- set: the words
-- gives: nothing of use
-- locks: the server's queue of notifications, until the commit
select pg_notify('rowhouse', word) from unnest(?) as word
