-- How many mails wait in a mailbox, up to a bound.
-- takes: the bucket, the mailbox, the bound; gives: the number    locks: none
select count(*)::integer as waiting
from (
    select
    from rowhouse.mail
    where bucket = :bucket::smallint and mailbox = :mailbox and state = 'ready'
    limit :most::integer) as ready
