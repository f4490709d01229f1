-- How many tasks were started and ended a second in each of the last :minutes minutes, and how many went wrong in each. What
-- nodes counted stands in calls once a minute; until a node tells again it is held to go on as before, and of the node that
-- answers, :own_node, the counts since then are given: :started in :started_seconds, :ended in :ended_seconds. A node that had
-- nothing to count tells nothing, so no row counts for longer than a minute.
-- set: of each node that was up then :minutes rows of two calls; of tasks that went wrong the newest :sample of each bucket
-- gives: one object of arrays, a minute each, the oldest first; failed is null where the sample does not tell    locks: none
with span as materialized (
    select date_trunc('minute', now()) - make_interval(mins => :minutes::integer - 1) as begun
), life as materialized (
    select node.number
    from rowhouse.node
    where not node.simulated and (node.ended_at is null or node.ended_at > (select begun from span))
), told as materialized (
    select life.number as node, each.call, each.since, each.until, each.requests, each.place
    from life
    cross join (values ('start'), ('finish')) as counted (call)
    cross join lateral (
        select c.call, c.since, c.until, c.requests, row_number() over (order by c.since desc) as place
        from rowhouse.calls as c
        where c.node = life.number and c.call = counted.call
        order by c.since desc
        limit :minutes::integer + 2
    ) as each
    where each.until > (select begun from span)
), known as materialized (
    select call, greatest(since, until - interval '61 seconds') as begun, until, requests::float8 as requests
    from told
    union all
    -- Nodes that have yet to tell: as before.
    select call, until, now(),
        requests * extract(epoch from now() - until) / extract(epoch from until - greatest(since, until - interval '61 seconds'))
    from told
    where place = 1 and node <> :own_node::integer and until > now() - interval '65 seconds' and until < now() and until > since
        and exists (select from rowhouse.node where node.number = told.node and node.ended_at is null)
    union all
    select 'start', now() - make_interval(secs => :started_seconds::float8), now(), :started::float8
    union all
    select 'finish', now() - make_interval(secs => :ended_seconds::float8), now(), :ended::float8
), minute as materialized (
    select place, (select begun from span) + make_interval(mins => place) as begun
    from generate_series(0, :minutes::integer - 1) as place
), part as (
    select known.call, place, known.requests
        * extract(epoch from least(known.until, span.begun + make_interval(mins => place + 1))
            - greatest(known.begun, span.begun + make_interval(mins => place)))
        / extract(epoch from known.until - known.begun) as requests
    from known
    cross join span
    cross join lateral generate_series(
        greatest(0, floor(extract(epoch from known.begun - span.begun) / 60))::integer,
        least(:minutes::integer - 1, floor(extract(epoch from known.until - span.begun) / 60))::integer) as place
    where known.until > known.begun
), summed as (
    -- The minute that is under way counts by the seconds that it has.
    select minute.place,
        coalesce(sum(part.requests) filter (where part.call = 'start'), 0) as started,
        coalesce(sum(part.requests) filter (where part.call = 'finish'), 0) as ended,
        greatest(extract(epoch from least(now(), minute.begun + interval '1 minute') - minute.begun), 1) as seconds
    from minute
    left join part on part.place = minute.place
    group by minute.place, minute.begun
), lately as (
    select known.call, known.requests
        * extract(epoch from known.until - greatest(known.begun, now() - interval '10 seconds'))
        / extract(epoch from known.until - known.begun) / 10 as rate
    from known
    where known.until > known.begun and known.until > now() - interval '10 seconds'
), wrong as materialized (
    select found.bucket, found.ended_at
    from rowhouse.tasks_before(
        'ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000000', '{failed,parked}', null, null, null, false,
        :sample::integer) as found
), reach as (
    select max(first) as at
    from (select min(ended_at) as first from wrong group by bucket having count(*) >= :sample::integer) as full_sample
), counted as (
    select floor(extract(epoch from wrong.ended_at - span.begun) / 60)::integer as place, count(*) as failed
    from wrong
    cross join span
    group by 1
), wrongs as (
    select minute.place, case
        when reach.at is null then coalesce(counted.failed, 0)
        -- Tasks that were made before those of the sample may have gone wrong then: that none did is not known.
        when reach.at < minute.begun then counted.failed
    end as failed
    from minute
    cross join reach
    left join counted on counted.place = minute.place
)
select json_build_object(
    'began_at', (select begun from span),
    'started_now', (select round(coalesce(sum(rate) filter (where call = 'start'), 0)::numeric, 2) from lately),
    'ended_now', (select round(coalesce(sum(rate) filter (where call = 'finish'), 0)::numeric, 2) from lately),
    'started', (select json_agg(round((started / seconds)::numeric, 2) order by place) from summed),
    'ended', (select json_agg(round((ended / seconds)::numeric, 2) order by place) from summed),
    'failed', (select json_agg(failed order by place) from wrongs))
