-- Retention: ended tasks go after a set time, in bounded batches, each batch one transaction.

create function rowhouse.sweep_tasks(bucket smallint, after uuid, most integer)
    returns table (seen integer, deleted integer, last uuid)
    language plpgsql as $$
#variable_conflict use_column
declare
    keep        interval := rowhouse.setting_value('retention')::interval;
    keep_failed interval := rowhouse.setting_value('retention_failed')::interval;
    -- From here on tasks that succeeded are kept, and those that ended otherwise.
    oldest        timestamptz := now() - keep;
    oldest_failed timestamptz := now() - keep_failed;
    youngest_ms bigint   := floor(extract(epoch from now() - least(keep, keep_failed)) * 1000);
    youngest    uuid     := (lpad(to_hex(greatest(youngest_ms, 0)), 12, '0') || repeat('0', 20))::uuid;
    due         uuid[];
    parents     uuid[];
    needed      uuid[]   := '{}';
    b           smallint;
    part        uuid[];
begin
    -- One node at a time: another would find the same rows.
    if not pg_try_advisory_xact_lock(1380930387, sweep_tasks.bucket) then
        return query select 0, 0, null::uuid;
        return;
    end if;
    select count(*), max(scanned.id::text)::uuid,
        coalesce(array_agg(scanned.id) filter (where scanned.outlived), '{}'),
        coalesce(array_agg(distinct scanned.parent) filter (where scanned.outlived and scanned.parent is not null), '{}')
    into seen, last, due, parents
    from (
        select t.id, t.parent,
            case
                when t.state = 'succeeded' then t.ended_at < oldest
                when t.state in ('failed', 'cancelled', 'parked') then t.ended_at < oldest_failed
                else false
            end as outlived
        from rowhouse.task as t
        where t.bucket = sweep_tasks.bucket and t.id > sweep_tasks.after and t.id < youngest
        order by t.id
        limit sweep_tasks.most
    ) as scanned;
    -- A child stays as long as its parent, which may go on or be resumed and then looks for it.
    for b, part in select * from rowhouse.by_bucket(parents) loop
        needed := needed || array(
            select t.id
            from rowhouse.task as t
            where t.bucket = b and t.id = any (part)
                and not case
                    when t.state = 'succeeded' then t.ended_at < oldest
                    when t.state in ('failed', 'cancelled', 'parked') then t.ended_at < oldest_failed
                    else false
                end);
    end loop;
    with gone as (
        delete from rowhouse.task as t
        where t.bucket = sweep_tasks.bucket and t.id = any (due)
            and t.state in ('succeeded', 'failed', 'cancelled', 'parked')
            and (t.parent is null or t.parent <> all (needed))
        returning t.id
    )
    select coalesce(array_agg(gone.id), '{}') into due from gone;
    delete from rowhouse.step as s where s.bucket = sweep_tasks.bucket and s.task = any (due);
    delete from rowhouse.task_event as e where e.bucket = sweep_tasks.bucket and e.task = any (due);
    delete from rowhouse.task_log as l where l.bucket = sweep_tasks.bucket and l.task = any (due);
    deleted := cardinality(due);
    return next;
end $$;
comment on function rowhouse.sweep_tasks(smallint, uuid, integer) is
    'Looks at the next tasks of a bucket in the order of their ids and deletes, with their steps, events and log lines, those kept long enough; never one whose parent is still kept.';

create function rowhouse.sweep_records(most integer) returns integer
    language plpgsql as $$
declare
    oldest timestamptz := now() - rowhouse.setting_value('retention_calls')::interval;
    calls  integer;
    nodes  integer;
begin
    delete from rowhouse.calls as c
    where (c.node, c.call, c.since) in (
        select old.node, old.call, old.since
        from rowhouse.calls as old
        where old.until < oldest
        order by old.node, old.call, old.since
        limit most
        for update skip locked);
    get diagnostics calls = row_count;
    delete from rowhouse.node as n
    where n.number in (
        select old.number
        from rowhouse.node as old
        where old.ended_at < oldest
        order by old.number
        limit most
        for update skip locked);
    get diagnostics nodes = row_count;
    delete from rowhouse.topology as t
    where nodes > 0 and not exists (select from rowhouse.node as n where n.name = t.node);
    return calls + nodes;
end $$;
comment on function rowhouse.sweep_records(integer) is
    'Deletes old statistics of system calls and old lives of nodes, so many of each at most; gives how many went.';
