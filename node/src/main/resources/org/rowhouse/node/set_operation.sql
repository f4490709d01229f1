-- Says how calls of an operation are made.
-- set: the operation :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.set_operation(
    :name::text, :traced::numeric, make_interval(secs => :timeout_seconds::double precision), :durable::boolean) is not null)
