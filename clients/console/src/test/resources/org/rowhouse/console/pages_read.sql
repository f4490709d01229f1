-- How many pages of tables and indexes the costliest statement has read, for each time it ran, since they were last counted anew:
-- what a question of the API takes beside that is small, and so is what the node does meanwhile.
-- set: the statements that pg_stat_statements knows    gives: one row    locks: none
select coalesce(max((shared_blks_hit + shared_blks_read) / calls), 0) as pages
from pg_stat_statements
where toplevel and calls > 0
