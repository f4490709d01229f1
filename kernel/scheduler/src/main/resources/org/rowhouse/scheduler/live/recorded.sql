-- Tasks that needed something and were made in the last :seconds, as far as :most of them.
-- gives: from when on they were read, now, and of each task its class of need, priority, state, and when it was ready, when it
-- began and how long it ran, all in milliseconds; locks: none
with begun as materialized (
    select
        rowhouse.recorded_from(floor(extract(epoch from now() - make_interval(secs => :seconds::double precision)) * 1000)::bigint,
            :most::integer) as ms,
        floor(extract(epoch from now() - make_interval(secs => :seconds::double precision)) * 1000)::bigint as asked_ms
)
select begun.ms as begun_ms, begun.ms > begun.asked_ms as cut, r.id, r.need, r.priority, r.state, r.ready_ms, r.began_ms, r.ran_ms
from begun
cross join lateral rowhouse.recorded_tasks(begun.ms) as r
