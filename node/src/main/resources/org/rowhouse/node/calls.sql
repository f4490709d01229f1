-- Statistics of system calls, one row for each call: what it did in the last :minutes minutes.
-- set: the intervals that ended since then    gives: an array    locks: none
select coalesce(json_agg(listed order by listed.requests desc, listed.call), '[]'::json)
from (
    select call, sum(requests) as requests, sum(batches) as batches, sum(failures) as failures,
           round(sum(requests)::numeric / nullif(sum(batches), 0), 1) as requests_per_batch,
           round(sum(p50_us * requests)::numeric / nullif(sum(requests), 0)) as p50_us, max(p99_us) as p99_us,
           max(max_us) as max_us, min(since) as since, max(until) as until
    from rowhouse.calls
    where until > now() - make_interval(mins => :minutes::integer)
    group by call
) as listed
