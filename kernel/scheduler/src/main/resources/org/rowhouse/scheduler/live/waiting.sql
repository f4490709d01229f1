-- The first tasks of each class of need that wait for a place.
-- takes: how many of each class in each bucket; gives: the task, its class, priority, queue, and whether it may follow another
-- one at its place; locks: none
select id, need, priority, queue, follows from rowhouse.waiting_work(:most::integer)
