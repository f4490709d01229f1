-- What the schedule :name started last.
-- set: at most :limit tasks among the newest :look of each bucket    gives: an array, the newest first    locks: none
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
select coalesce(json_agg(listed order by id desc), '[]'::json) from listed
