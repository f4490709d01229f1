-- Lists what must never be in the events of tasks.
-- set: the legal transitions    gives: one sentence for each trouble    locks: none
with legal as (
    select * from unnest(:from::text[], :to::text[]) as legal (was, state)
), walked as (
    select
        bucket, task, number, attempt, state::text as state, cause,
        lag(state::text) over history as was,
        lag(attempt) over history as attempt_before,
        row_number() over history - 1 as place,
        lead(number) over history is null as last
    from rowhouse.task_event
    window history as (partition by bucket, task order by number)
)
select format('task %s, event %s: %s', walked.task, walked.number, trouble) as trouble
from walked
left join rowhouse.task on task.bucket = walked.bucket and task.id = walked.task
cross join lateral (
    select format('%s after %s (%s) is not legal', walked.state, walked.was, walked.cause) as trouble
    where walked.was <> walked.state
        and not exists (select 1 from legal where legal.was = walked.was and legal.state = walked.state)
    union all
    select format('%s again (%s) is no transition', walked.state, walked.cause)
    where walked.was = walked.state and walked.cause not in ('change', 'cancel')
    union all
    select format('begins with %s as %s', walked.cause, walked.state)
    where walked.was is null
        and (walked.cause not in ('start', 'fork')
            or walked.cause = 'start' and walked.state not in ('ready', 'waiting', 'running'))
    union all
    select format('stands at place %s', walked.place) where walked.place <> walked.number
    union all
    select format('attempt %s after attempt %s', walked.attempt, walked.attempt_before)
    where walked.attempt < walked.attempt_before
        or walked.state = 'running' and walked.was <> 'running' and walked.attempt <> walked.attempt_before + 1
    union all
    select format('the task is %s with %s events, but its last event says %s', task.state, task.event_count, walked.state)
    where walked.last and (task.state::text <> walked.state or task.event_count <> walked.number + 1)
    union all
    select 'an event of no task' where task.id is null
) as found
union all
select format('task %s has no event', id)
from rowhouse.task
where not exists (
    select 1 from rowhouse.task_event where task_event.bucket = task.bucket and task_event.task = task.id)
order by trouble
