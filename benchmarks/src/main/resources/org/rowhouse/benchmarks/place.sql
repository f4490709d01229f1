-- Records jobs, takes a slot from the worker of each, and notes an event: three row changes for each request.
-- set: id, worker    gives: free, the slots that the worker has left
-- locks: workers in the order of their ids
with asked as (
    select * from unnest(:id, :worker) with ordinality as asked (id, worker, position)
), held as (
    select wanted.worker, wanted.slots, found.row
    from (select worker, count(*) as slots from asked group by worker order by worker) as wanted
    cross join lateral (
        select worker.ctid as row
        from rowhouse_bench.worker
        where worker.bucket = :bucket and worker.id = wanted.worker
        offset 0
        for update
    ) as found
), taken as (
    update rowhouse_bench.worker
    set free = worker.free - held.slots
    from held
    where worker.ctid = held.row
    returning worker.id, worker.free
), recorded as (
    insert into rowhouse_bench.job (bucket, id, worker, state)
    select :bucket, asked.id, asked.worker, 'ready' from asked
), noted as (
    insert into rowhouse_bench.job_event (bucket, job, number, kind)
    select :bucket, asked.id, 0, 'placed' from asked
)
select asked.position, taken.free
from asked
join taken on taken.id = asked.worker
