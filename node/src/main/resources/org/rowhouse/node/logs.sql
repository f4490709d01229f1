-- Lines of a task's log, in the order in which they were written.
-- set: the lines after line :number of attempt :attempt    gives: one object {lines, state}; no row if unknown    locks: none
select jsonb_build_object('state', task.state, 'lines', (
    select coalesce(jsonb_agg(to_jsonb(logged) order by logged.attempt, logged.number), '[]')
    from (select task_log.attempt, task_log.number, task_log.at, task_log.line
          from rowhouse.task_log
          where task_log.bucket = rowhouse.bucket_of(:id::uuid) and task_log.task = :id::uuid
            and (task_log.attempt, task_log.number) > (:attempt::integer, :number::integer)
          order by task_log.attempt, task_log.number limit :limit::integer) as logged))
from rowhouse.task
where task.bucket = rowhouse.bucket_of(:id::uuid) and task.id = :id::uuid
