-- Moves sessions on to where their clients have got.
-- takes: clients with their epochs, lives and whether they are there; for the n-th of owners, logs and places: the owner is a place in clients, from 1
-- gives: the clients that have a row, and whether it is still this node's    locks: their rows, by client
with asked as materialized (
    select a.client, a.epoch, a.life, a.present, a.number
    from unnest(:clients::text[], :epochs::bigint[], :lives::bigint[], :presences::boolean[])
        with ordinality as a (client, epoch, life, present, number)
), placed as materialized (
    select p.owner, jsonb_object_agg(p.log, p.place) as positions
    from unnest(:owners::bigint[], :logs::text[], :places::bigint[]) as p (owner, log, place)
    group by p.owner
), held as materialized (
    select s.client, s.epoch = asked.epoch and s.life_seconds > 0 as ours, asked.life, asked.present, placed.positions
    from rowhouse.mqtt_session as s
    join asked on asked.client = s.client
    left join placed on placed.owner = asked.number
    order by s.client
    for update of s
), moved as (
    update rowhouse.mqtt_session as s
    set positions = coalesce(held.positions, s.positions), life_seconds = held.life,
        seen_at = case when held.present then now() else s.seen_at end
    from held
    where s.client = held.client and held.ours
)
select held.client, held.ours from held
