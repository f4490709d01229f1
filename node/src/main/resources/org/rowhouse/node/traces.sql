-- The newest traces: when each began, as far as its newest spans say, and how it went.
-- set: at most :limit, of the newest :most spans of each bucket    gives: an array    locks: none
with listed as (
    select s.trace, min(s.started_at) as started_at, count(*) as spans,
           max(extract(epoch from s.started_at) * 1000000 + s.duration_us)::bigint
               - min(extract(epoch from s.started_at) * 1000000)::bigint as duration_us,
           (array_agg(s.operation order by s.started_at, s.kind))[1] as operation,
           coalesce(min(s.outcome) filter (where s.outcome <> 'ok'), 'ok') as outcome
    from rowhouse.newest_spans(:most::integer) as s
    group by s.trace
    order by min(s.started_at) desc
    limit :limit::integer
)
select coalesce(json_agg(listed order by listed.started_at desc), '[]'::json) from listed
