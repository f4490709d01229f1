-- Moves sessions on to where their clients have got, those that have got further.
-- takes: clients with their epochs, lives and whether they are there; for the n-th of owners, logs and places: the owner is a place in clients, from 1
-- gives: the clients that have a row, and whether it is still this node's    locks: the rows that change, by client
with asked as materialized (
    select a.client, a.epoch, a.life, a.present, a.number
    from unnest(:clients::text[], :epochs::bigint[], :lives::bigint[], :presences::boolean[])
        with ordinality as a (client, epoch, life, present, number)
), placed as materialized (
    select p.owner, jsonb_object_agg(p.log, p.place) as positions
    from unnest(:owners::bigint[], :logs::text[], :places::bigint[]) as p (owner, log, place)
    group by p.owner
), found as materialized (
    select s.client, asked.epoch, s.epoch = asked.epoch and s.life_seconds > 0 as ours, asked.life,
        coalesce(placed.positions, s.positions) as positions,
        -- Indexed: so most moves are of a place only, and cost no index.
        case when asked.present and s.seen_at < now() - interval '30 seconds' then now() end as seen_at,
        coalesce(placed.positions, s.positions) <> s.positions or asked.life <> s.life_seconds as moved
    from rowhouse.mqtt_session as s
    join asked on asked.client = s.client
    left join placed on placed.owner = asked.number
), held as materialized (
    select s.client, found.life, found.positions, coalesce(found.seen_at, s.seen_at) as seen_at
    from rowhouse.mqtt_session as s
    join found on found.client = s.client and found.epoch = s.epoch
    where found.ours and s.life_seconds > 0 and (found.moved or found.seen_at is not null)
    order by s.client
    for update of s
), moved as (
    update rowhouse.mqtt_session as s
    set positions = held.positions, life_seconds = held.life, seen_at = held.seen_at
    from held
    where s.client = held.client
)
select found.client, found.ours from found
