-- Gives each node a past of an hour, in which it started and ended some tasks every minute, until it told last.
-- set: 60 rows of two calls for each node, in place of all there are    locks: the table's rows
with forgotten as (
    delete from rowhouse.calls
), told as (
    select node.number, coalesce(max(calls.until), now()) as at
    from rowhouse.node
    left join rowhouse.calls on calls.node = node.number and calls.call = 'finish'
    where not node.simulated and node.ended_at is null
    group by node.number
)
insert into rowhouse.calls (node, call, since, until, requests, batches, failures, batch_sizes, p50_us, p99_us, max_us)
select told.number, call.name, minute, least(minute + interval '1 minute', told.at),
    (case told.number when 1 then 140 else 36 end + 9 * sin(past / 8.0 + told.number) + 10 * sin(past / 19.0) + abs(hashtext(format('%s %s', told.number, past))) % 7
        - (call.name = 'finish')::integer * (past % 3))
        * extract(epoch from least(minute + interval '1 minute', told.at) - minute) / 60,
    20, 0, '{12, 6, 2}', 1400, 5200, 9100
from told
cross join (values ('start'), ('finish')) as call (name)
cross join generate_series(0, 59) as past
cross join lateral (select date_trunc('minute', now()) - past * interval '1 minute' as minute) as at
where minute < told.at
