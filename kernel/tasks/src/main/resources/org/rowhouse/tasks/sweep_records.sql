-- Deletes old statistics of system calls and old lives of nodes.
-- gives: how many went    locks: the deleted rows, skipping those that another node deletes
select rowhouse.sweep_records(:most)
