-- The queues with their limits, and how many of their tasks are ready and running, counted up to :most of each.
-- set: all queues, or the one named :name    gives: an array    locks: none
with listed as (
    select queue.name, queue.paused, queue.fair, queue.bucket is null as spread, queue.concurrency,
           queue.concurrency_per_node, queue.rate_count, queue.rate_period::text as rate_period,
           rowhouse.count_tasks('ready', queue.name, :most::integer) as ready,
           rowhouse.count_tasks('running', queue.name, :most::integer) as running,
           queue.changed_at, queue.changed_by
    from rowhouse.queue
    where :name::text is null or queue.name = :name::text
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
