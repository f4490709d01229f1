-- Resumes a queue.    locks: the queue
select rowhouse.resume_queue(:name)
