-- Pauses a queue.    locks: the queue
select rowhouse.pause_queue(:name)
