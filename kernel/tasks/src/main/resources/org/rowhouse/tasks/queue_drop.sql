-- Drops an empty queue.    locks: the queue
select rowhouse.drop_queue(:name)
