-- The first tasks of each class of need that wait for a place.
-- takes: how many of each class in each bucket; gives: the task, its class, priority and queue; locks: none
select id, need, priority, queue from rowhouse.waiting_tasks(:most::integer)
