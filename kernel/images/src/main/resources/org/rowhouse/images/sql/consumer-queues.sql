-- The queues in which messages have started tasks.
-- takes: nothing    gives: source, queue
select source, queue
from rowhouse.consumer_queue
