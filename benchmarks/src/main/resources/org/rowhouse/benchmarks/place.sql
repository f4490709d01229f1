-- Records jobs, takes a slot from the worker of each, and notes an event: three row changes for each request.
-- set: one row for each job: its id and the worker
-- gives: for each job the slots that its worker has left
-- locks: workers in the order of their ids
with asked as materialized (
    select * from :requests as request
), taken as (
    update rowhouse_bench.worker
    set free = worker.free - held.slots
    from (
        select wanted.worker, wanted.slots, found.place
        from (select worker, count(*) as slots from asked group by worker order by worker) as wanted
        cross join lateral (
            select worker.ctid as place
            from rowhouse_bench.worker
            where worker.bucket = :bucket and worker.id = wanted.worker
            offset 0
            for update
        ) as found
        offset 0
    ) as held
    where worker.ctid = held.place
    returning worker.id, worker.free
), recorded as (
    insert into rowhouse_bench.job (bucket, id, worker, state)
    select :bucket, id, worker, 'ready' from asked
    returning id, worker
), noted as (
    insert into rowhouse_bench.job_event (bucket, job, number, kind)
    select :bucket, id, 0, 'placed' from asked
)
select recorded.id, taken.free
from recorded
join taken on taken.id = recorded.worker
