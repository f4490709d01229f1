-- The queues with their limits, and how many of their tasks are ready and running, counted up to :most of each.
-- set: all queues, or the one named :name    gives: an array    locks: none
with bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
), listed as (
    select queue.name, queue.paused, queue.fair, queue.bucket is null as spread, queue.concurrency,
           queue.concurrency_per_node, queue.rate_count, queue.rate_period::text as rate_period,
           waits.ready, runs.running, queue.changed_at, queue.changed_by
    from rowhouse.queue
    cross join lateral (
        select count(*) as ready from (
            select 1 from bucket cross join lateral (
                select 1 from rowhouse.task
                where task.bucket = bucket.number and task.queue = queue.name and task.state = 'ready'
                limit :most::integer) as one
            limit :most::integer) as counted
    ) as waits
    cross join lateral (
        select count(*) as running from (
            select 1 from bucket cross join lateral (
                select 1 from rowhouse.task
                where task.bucket = bucket.number and task.queue = queue.name and task.state = 'running'
                limit :most::integer) as one
            limit :most::integer) as counted
    ) as runs
    where :name::text is null or queue.name = :name::text
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
