-- Changes a queue.
-- gives: a row if there is such a queue    locks: the queue
select rowhouse.set_queue(
    :name::text, :concurrency::integer, :concurrency_per_node::integer, :rate_count::integer,
    :rate_period_ms::bigint * interval '1 millisecond', :fair::boolean, :spread::boolean)
where exists (select 1 from rowhouse.queue where name = :name)
