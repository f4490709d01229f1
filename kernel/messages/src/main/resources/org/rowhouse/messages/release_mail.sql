-- Gives back mail of a mailbox that a node has taken and does not handle, since the answer that brought it was lost.
-- takes: the bucket, the mailbox, the node, the mail that it handles; gives: nothing    locks: the mail
update rowhouse.mail
set state = 'ready', node = null
where bucket = :bucket::smallint and mailbox = :mailbox and state = 'taken' and node = :node::integer
    and id <> all (:handling::uuid[])
