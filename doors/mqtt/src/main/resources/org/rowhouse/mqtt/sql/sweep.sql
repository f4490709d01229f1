-- Ends sessions whose clients have been away too long, at most :most of them: those that this node has, which has just
-- noted who is connected, and those of nodes that are down. What stands for a session that was ended goes, whoever has it.
-- takes: node, most    gives: how many there were    locks: their rows, as far as they are free
with gone as (
    delete from rowhouse.mqtt_session as s
    where s.client in (
        select o.client
        from rowhouse.mqtt_session as o
        where o.seen_at < now() - interval '1 minute'
            and (o.life_seconds = 0
                or o.seen_at + o.life_seconds * interval '1 second' + interval '1 minute' < now()
                    and (o.node = :node
                        or not exists (
                            select
                            from rowhouse.node as n
                            where n.name = o.node and n.ended_at is null and n.lease_until > now())))
        order by o.seen_at
        limit :most::integer
        for update skip locked)
)
select count(*) as sessions from rowhouse.mqtt_session
