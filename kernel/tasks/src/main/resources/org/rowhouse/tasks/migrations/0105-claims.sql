-- Claims from queues with limits or fairness. In PL/pgSQL, since what runs must be counted after the queue is locked, with
-- a snapshot of its own: two nodes that claim at one moment must not both take the last slot.

create function rowhouse.claim_room(in_bucket smallint, in_queue text, in_node integer, in_room integer)
    returns integer
    language plpgsql as $$
declare
    queue    rowhouse.queue;
    room     integer := in_room;
    left_now double precision;
begin
    select * into queue from rowhouse.queue where name = in_queue for update;
    if not found or queue.paused then
        return 0;
    end if;
    if queue.concurrency is not null then
        room := least(room, queue.concurrency - (
            select count(*)
            from rowhouse.task
            where bucket = in_bucket and task.queue = in_queue and state = 'running')::integer);
    end if;
    if queue.concurrency_per_node is not null then
        room := least(room, queue.concurrency_per_node - (
            select count(*)
            from rowhouse.task
            where bucket = in_bucket and task.queue = in_queue and node = in_node and state = 'running')::integer);
    end if;
    if queue.rate_count is not null then
        left_now := coalesce(
            least(
                queue.rate_count,
                queue.tokens + greatest(extract(epoch from clock_timestamp() - queue.tokens_at), 0) * queue.rate_count
                    / extract(epoch from queue.rate_period)),
            queue.rate_count);
        room := least(room, floor(left_now)::integer);
        update rowhouse.queue set tokens = left_now, tokens_at = clock_timestamp() where name = in_queue;
    end if;
    return greatest(room, 0);
end $$;
comment on function rowhouse.claim_room(smallint, text, integer, integer) is
    'Locks a queue and says how many more of its tasks a node may claim now.';

create function rowhouse.claim_ids(
    in_bucket smallint, in_queue text, in_placed integer, in_room integer, in_suspects boolean, in_fair boolean)
    returns setof uuid
    language plpgsql as $$
begin
    if not in_fair then
        return query
            select id
            from rowhouse.task
            where bucket = in_bucket and task.queue = in_queue and placed = in_placed and state = 'ready'
                and (crashes > 0) = in_suspects
            order by priority desc, id
            limit in_room
            for update skip locked;
        return;
    end if;
    -- Turns: a partition's first waiting task stands behind as many as it has running, its second behind one more.
    return query
        with recursive turn as (
            (select partition
             from rowhouse.task
             where bucket = in_bucket and task.queue = in_queue and placed = in_placed and state = 'ready'
                 and partition is not null
             order by partition
             limit 1)
            union all
            select (
                select next.partition
                from rowhouse.task as next
                where next.bucket = in_bucket and next.queue = in_queue and next.placed = in_placed and next.state = 'ready'
                    and next.partition is not null and next.partition > turn.partition
                order by next.partition
                limit 1)
            from turn
            where turn.partition is not null
        ), running as (
            select partition, count(*) as tasks
            from rowhouse.task
            where bucket = in_bucket and task.queue = in_queue and state = 'running'
            group by partition
        ), waiting as (
            select head.priority, head.id,
                coalesce(running.tasks, 0) + row_number() over (
                    partition by turn.partition order by head.priority desc, head.id) as place_in_turn
            from (select partition from turn where partition is not null union all select null) as turn
            left join running on running.partition is not distinct from turn.partition
            cross join lateral (
                (select priority, id
                 from rowhouse.task
                 where turn.partition is not null and bucket = in_bucket and task.queue = in_queue
                     and placed = in_placed and state = 'ready' and task.partition = turn.partition and (crashes > 0) = in_suspects
                 order by priority desc, id
                 limit in_room)
                union all
                (select priority, id
                 from rowhouse.task
                 where turn.partition is null and bucket = in_bucket and task.queue = in_queue
                     and placed = in_placed and state = 'ready' and task.partition is null and (crashes > 0) = in_suspects
                 order by priority desc, id
                 limit in_room)
            ) as head
        ), chosen as (
            select id from waiting order by place_in_turn, priority desc, id limit in_room
        )
        select task.id
        from chosen
        cross join lateral (
            select t.id, t.state
            from rowhouse.task as t
            where t.bucket = in_bucket and t.id = chosen.id
            offset 0
            for update skip locked
        ) as task
        where task.state = 'ready';
end $$;
comment on function rowhouse.claim_ids(smallint, text, integer, integer, boolean, boolean) is
    'Locks the ready tasks of a queue that go first and gives their ids.';

create function rowhouse.claim_limited(
    in_bucket smallint, in_queue text, in_node integer, in_mine boolean, in_room integer, in_suspects boolean)
    returns setof rowhouse.task
    language plpgsql as $$
declare
    room    integer := rowhouse.claim_room(in_bucket, in_queue, in_node, in_room);
    fair    boolean;
    chosen  uuid[];
    claimed integer;
begin
    if room = 0 then
        return;
    end if;
    select q.fair into fair from rowhouse.queue as q where q.name = in_queue;
    chosen := array(
        select id
        from rowhouse.claim_ids(
            in_bucket, in_queue, case when in_mine then in_node else 0 end, room, in_suspects, fair) as id);
    -- They are locked, so they are still as they were; a condition on the state would only tempt the planner to go
    -- through all ready tasks.
    return query
        with taken as (
            update rowhouse.task
            set state = 'running', attempt = attempt + 1, node = in_node, placed = case when placed = 0 then 0 else -1 end, claimed_at = now(),
                wake_at = null, waiting_step = null, waiting_position = null, event_count = event_count + 1
            from (select * from unnest(chosen) as locked (id) offset 0) as locked
            where task.bucket = in_bucket and task.id = locked.id
            returning task.*
        ), noted as (
            insert into rowhouse.task_event (bucket, task, number, attempt, node, state, cause)
            select bucket, id, event_count - 1, attempt, node, state, 'claim' from taken
        )
        select * from taken;
    get diagnostics claimed = row_count;
    update rowhouse.queue set tokens = tokens - claimed where name = in_queue and rate_count is not null and claimed > 0;
end $$;
comment on function rowhouse.claim_limited(smallint, text, integer, boolean, integer, boolean) is
    'Claims tasks of a queue with limits for a node and gives them.';

create function rowhouse.open_queues(names text[]) returns text[]
    language plpgsql as $$
declare
    name   text;
    locked text[] := '{}';
begin
    -- Never waits: while someone changes a queue, it is not open.
    for name in select distinct n from unnest(names) as n order by n loop
        if pg_try_advisory_xact_lock_shared(1380930388, hashtext(name)) then
            locked := locked || name;
        end if;
    end loop;
    return array(
        select q.name
        from rowhouse.queue as q
        where q.name = any (locked) and not q.paused and not q.fair
            and q.concurrency is null and q.concurrency_per_node is null and q.rate_count is null);
end $$;
comment on function rowhouse.open_queues(text[]) is
    'Those of the queues whose tasks may run at once, without a claim: not paused and without limits. They stay so until the end of the transaction. In PL/pgSQL, since it must look after it has locked.';
