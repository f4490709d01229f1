-- Declares a topic or sets its limits.
-- set: the topic :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.set_topic(
    :name::text, :logs::integer, make_interval(secs => :retention_seconds::double precision), :retention_bytes::bigint,
    :bytes_max::bigint, :lag_max::bigint) is not null)
