-- Workflows that wait for messages: waiting_position -1 says so.

comment on column rowhouse.task.waiting_position is
    'While waiting for one child of that step: its position; null for all of them; -1: it waits for a message.';
comment on column rowhouse.step.kind is 'plain, transaction, children, sleep, await, receive or notice.';

create index task_receiving on rowhouse.task (bucket, id) where state = 'waiting' and waiting_position = -1;
comment on index rowhouse.task_receiving is 'Workflows that wait for a message.';

create or replace function rowhouse.explain_waiting(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    step rowhouse.step;
    wake constant text := case
        when task.wake_at <= now() and rowhouse.live_nodes() = 0 then 'Its time has come, but no node is up to wake it: `rowhouse up`.'
        when task.wake_at <= now() then 'Its time has come: a node wakes it within a second.'
        else format('Time: it goes on by itself in %s.', rowhouse.spoken(task.wake_at - now()))
    end;
begin
    select * into step
    from rowhouse.step as s
    where s.bucket = task.bucket and s.task = task.id and s.number = task.waiting_step;
    if step.kind = 'children' and task.wake_at is null then
        return query select * from rowhouse.explain_children(task, step);
    elsif task.waiting_position = -1 then
        return query select
            format('It waits in step %s (%s) for a message%s.', task.waiting_step, coalesce(step.name, 'receive'),
                case when task.wake_at is null then '' else ' until ' || rowhouse.spoken_time(task.wake_at) end),
            'step', to_jsonb(step) - 'output', case when task.wake_at is null then 'Send it one.' else wake end;
    elsif step.kind = 'sleep' then
        return query select
            format('It sleeps in step %s (%s) until %s.', step.number, step.name, rowhouse.spoken_time(task.wake_at)),
            'step', to_jsonb(step), wake;
    elsif step.number is not null then
        return query select
            format('Step %s (%s) failed at try %s: %s. The next try is at %s.', step.number, step.name, step.attempts,
                rowhouse.spoken_error(coalesce(step.error, task.error)), rowhouse.spoken_time(task.wake_at)),
            'step', to_jsonb(step) - 'output', wake;
    elsif task.attempt = 0 then
        return query select
            format('Its start is delayed until %s.', rowhouse.spoken_time(task.wake_at)), 'task', rowhouse.brief(task), wake;
    elsif task.wake_at is not null then
        return query select
            format('Attempt %s failed: %s. The next one is at %s.', task.attempt,
                rowhouse.spoken_error(task.error), rowhouse.spoken_time(task.wake_at)),
            'task', rowhouse.brief(task), wake;
    else
        return query select
            format('It waits in step %s, of which nothing is recorded yet.', task.waiting_step), 'task', rowhouse.brief(task),
            'A node looks at it within a second.';
    end if;
end $$;
