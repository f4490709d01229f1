-- Makes :count tasks out of one, with the events that they would have: of twenty 15 have succeeded and two have failed, one was
-- cancelled, one is ready in the paused queue backlog, and one waits for next year. They were made evenly over the last day.
-- set: the task :id, and :count new ones    gives: nothing    locks: the rows that it makes
with template as (
    select * from rowhouse.task where bucket = rowhouse.bucket_of(:id::uuid) and id = :id::uuid
), fresh as materialized (
    select rowhouse.new_id(number % (select value::integer from rowhouse.setting where name = 'buckets')) as id,
        now() - number * interval '1 day' / :count::integer as at, number,
        (case
            when number % 20 < 15 then 'succeeded'
            when number % 20 < 17 then 'failed'
            when number % 20 = 17 then 'cancelled'
            when number % 20 = 18 then 'ready'
            else 'waiting'
        end)::rowhouse.task_state as state
    from generate_series(1, :count::integer) as number
), made as (
    insert into rowhouse.task (
        bucket, id, state, attempt, event_count, node, created_at, claimed_at, ended_at, wake_at, root,
        component, version, function, queue, started_by, input, output, error)
    select
        rowhouse.bucket_of(fresh.id), fresh.id, fresh.state, begun.attempt, case when begun.attempt > 0 then 3 else 1 end, begun.node,
        fresh.at, begun.at, begun.at, case fresh.state when 'waiting' then now() + interval '1 year' end, fresh.id,
        component, version, function, case when begun.attempt > 0 then queue else 'backlog' end, started_by,
        jsonb_build_object('text', 'number ' || fresh.number),
        case fresh.state when 'succeeded' then output end,
        case fresh.state when 'failed' then '{"code": "FUNCTION_FAILED", "message": "no luck"}'::jsonb end
    from fresh
    cross join template
    cross join lateral (
        select case when fresh.state in ('ready', 'waiting') then 0 else 1 end as attempt,
            case when fresh.state not in ('ready', 'waiting') then template.node end as node,
            case when fresh.state not in ('ready', 'waiting') then fresh.at end as at
    ) as begun
    returning bucket, id, state, attempt, node, created_at
), noted as (
    insert into rowhouse.task_event (bucket, task, number, attempt, state, at, cause)
    select bucket, id, 0, 0, case when state = 'waiting' then state else 'ready' end, created_at, 'start' from made
)
insert into rowhouse.task_event (bucket, task, number, attempt, node, state, at, cause)
select made.bucket, made.id, event.number, 1, made.node, event.state, made.created_at, event.cause
from made
cross join lateral (
    values (1, 'running'::rowhouse.task_state, 'claim'), (2, made.state, 'finish')
) as event (number, state, cause)
where made.attempt > 0
