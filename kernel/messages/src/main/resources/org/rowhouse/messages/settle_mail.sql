-- Acknowledges mail in the commit of what its handler did.
-- takes: the mail and the node that handles it; gives: a row if it was that node's    locks: the mail
update rowhouse.mail
set state = 'done', done_at = now()
where bucket = :bucket::smallint and id = :id::uuid and state = 'taken' and node = :node::integer
returning id
