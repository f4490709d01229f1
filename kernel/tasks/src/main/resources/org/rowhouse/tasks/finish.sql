-- Ends running tasks: succeeded, failed or cancelled. The wish to cancel stays in the row until what the task started has
-- been cancelled as well.
-- set: one row for each task: its attempt, the node's life that runs it, the state it reaches, output or error
-- gives: for each task that was ended whether someone had asked to cancel it; standing.sql tells of the others. A task
-- does not end once the node's life is over, since its last steps were not recorded then
-- locks: the tasks, in key order
--distributed: with live as materialized (
--distributed:     select number from node where number = any (:node) and ended_at is null
--distributed: ), ended as (
with ended as ( --single
    update task
    set state = found.reached, output = found.output::jsonb, error = found.error::jsonb,
        ended_at = now(), event_count = event_count + 1
    from (
        select asked.*, asked.state::task_state as reached, task.place, task.cancel_requested --single
--distributed: select asked.*, asked.state::task_state as reached, task.state as was, task.cancel_requested
        from :requests as asked
        cross join lateral (
            select ctid as place, state, attempt, cancel_requested --single
--distributed: select state, attempt, cancel_requested
            from task
            where bucket = :bucket and id = asked.id
            offset 0
        ) as task
        where task.state = 'running' and task.attempt = asked.attempt
            and asked.node = any (array(select number from node where number = any (:node) and ended_at is null)) --single
--distributed: and asked.node = any (array(select number from live))
        offset 0
    ) as found
    where task.ctid = found.place and task.id = found.id --single
--distributed: where task.bucket = :bucket and task.id = any (:id) and task.id = found.id
        and task.state = 'running' --single
--distributed: and task.state = found.was
        and task.attempt = found.attempt
        and task.cancel_requested = found.cancel_requested
    returning task.id, task.event_count - 1 as number, task.attempt, task.node, task.state, task.cancel_requested
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, state, 'finish'
    from ended
)
select id, cancel_requested as cancel
from ended
