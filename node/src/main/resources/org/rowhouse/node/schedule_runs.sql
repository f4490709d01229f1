-- What the schedule :name started last.
-- set: at most :limit tasks among the newest :look of each bucket    gives: one object {runs, back_to}: the newest first, and from when the
-- oldest of these newest is, null if all were looked at; no row if there is no such schedule    locks: none
with lowest as materialized (
    select rowhouse.looked_down_to('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid, :look::integer) as id
), listed as (
    select found.id, found.state, found.component, found.function, found.queue, found.attempt, found.created_at, found.claimed_at,
        found.ended_at, left(found.error ->> 'message', 500) as error
    from lowest
    cross join lateral rowhouse.tasks_of_schedule(:name::text, lowest.id, :limit::integer) as found
    order by found.id desc
    limit :limit::integer
)
select json_build_object(
    'runs', (select coalesce(json_agg(listed order by id desc), '[]'::json) from listed),
    'back_to', case
        when lowest.id <> '00000000-0000-0000-0000-000000000000' then to_timestamp(rowhouse.epoch_ms_of(lowest.id) / 1000.0)
    end)
from lowest
where exists (select from rowhouse.schedule where name = :name::text)
