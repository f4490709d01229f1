-- Makes a queue or sets its limits.
-- set: the queue :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.set_queue(
    :name::text, :concurrency::integer, :concurrency_per_node::integer, :rate_count::integer,
    make_interval(secs => :rate_seconds::double precision), :fair::boolean, :spread::boolean) is not null)
