-- What waits for the scheduler, and which of it may follow others at their places.

create function rowhouse.waiting_work(most integer)
    returns table (id uuid, need integer, priority smallint, queue text, follows boolean)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    b         smallint;
    open      constant text[] := array(select q.name from rowhouse.queue as q where not q.paused);
    unlimited constant text[] := array(
        select q.name
        from rowhouse.queue as q
        where not q.paused and not q.fair
            and q.concurrency is null and q.concurrency_per_node is null and q.rate_count is null);
begin
    for b in 0..rowhouse.setting_value('buckets')::integer - 1 loop
        return query
            with recursive class as (
                (select t.need
                 from rowhouse.task as t
                 where t.bucket = b and t.state = 'ready' and t.placed < 0
                 order by t.need
                 limit 1)
                union all
                select (
                    select t.need
                    from rowhouse.task as t
                    where t.bucket = b and t.state = 'ready' and t.placed < 0 and t.need > class.need
                    order by t.need
                    limit 1)
                from class
                where class.need is not null
            )
            select w.id, w.need, w.priority, w.queue, w.crashes = 0 and w.queue = any (unlimited)
            from class
            cross join lateral (
                select t.id, t.need, t.priority, t.queue, t.crashes
                from rowhouse.task as t
                where t.bucket = b and t.need = class.need and t.state = 'ready' and t.placed < 0
                    and t.queue = any (open)
                order by t.priority desc, t.id
                limit most
            ) as w
            where class.need is not null;
    end loop;
end $$;
comment on function rowhouse.waiting_work(integer) is
    'The first ready tasks of each class of need that wait for the scheduler, so many of each class in each bucket at most, and whether each may follow another one at its place: it never saw a node die, and its queue has no limits.';

create or replace function rowhouse.waiting_tasks(most integer)
    returns table (id uuid, need integer, priority smallint, queue text)
    language plpgsql stable as $$
#variable_conflict use_column
begin
    return query select w.id, w.need, w.priority, w.queue from rowhouse.waiting_work(most) as w;
end $$;
