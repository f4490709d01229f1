-- Tasks that consumers start may wait in a queue.

alter table rowhouse.component_consumer
    add column queue text,
    add check (queue is null or tasks);
comment on column rowhouse.component_consumer.queue is 'The queue that the tasks wait in; null: they run at once.';

-- A task's id tells its bucket, and a queue may have one: who starts a message's task looks for it wherever it may have been started.
create table rowhouse.consumer_queue (
    source text not null,
    queue  text not null,
    primary key (source, queue)
);
comment on table rowhouse.consumer_queue is
    'The queues in which messages of a source have started tasks, by any version of any component. Owner: images. Citus: local.';
comment on column rowhouse.consumer_queue.source is 'The topic and group, or the mailbox, as the ids of the tasks are made of it.';
comment on column rowhouse.consumer_queue.queue is 'The queue; perhaps it is there no more.';

create or replace function rowhouse.drop_queue(name text) returns void
    language plpgsql as $$
declare
    unended  bigint;
    schedule text;
    consumer text;
begin
    perform rowhouse.locked_queue(drop_queue.name);
    unended := rowhouse.unended_in(drop_queue.name);
    if unended > 0 then
        perform rowhouse.refuse('RH003', format('Queue %s is not empty: tasks that have not ended: %s.', name, unended),
            'Cancel or move them first: rowhouse.select_tasks(queue => ...) finds them.');
    end if;
    select min(s.name) into schedule from rowhouse.schedule as s where s.queue = drop_queue.name;
    if schedule is not null then
        perform rowhouse.refuse('RH003', format('Schedule %s starts its tasks in queue %s.', schedule, name),
            'Drop the schedule first or give it another queue.');
    end if;
    select min(u.component || '/' || u.function) into consumer
    from rowhouse.component_consumer as u
    join rowhouse.component as c on c.name = u.component and c.version = u.version
    where c.current and u.queue = drop_queue.name;
    if consumer is not null then
        perform rowhouse.refuse('RH003', format('Consumer %s starts its tasks in queue %s.', consumer, name),
            'Deploy a version of the component that does not, or withdraw it.');
    end if;
    delete from rowhouse.queue as q where q.name = drop_queue.name;
    perform pg_notify('rowhouse', 'queues');
end $$;
comment on function rowhouse.drop_queue(text) is
    'Drops a queue that has no unended tasks, no schedule and no consumer that starts tasks in it.';
