-- Tells all nodes which queues have ready tasks.
-- set: the queues, one to a line
-- gives: nothing of use
-- locks: none
select rowhouse.signal_ready(string_to_array(:queues, chr(10)))
