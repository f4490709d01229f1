-- Groups that live as long as their readers: what a node has left that never came back must not hold a topic up for ever.

create function rowhouse.left_groups(prefix text, age interval) returns table (topic text, name text)
    language plpgsql as $$
begin
    return query
        select g.topic, g.name
        from rowhouse.topic_group as g
        where starts_with(g.name, left_groups.prefix) and g.changed_by = rowhouse.who()
            and g.created_at < now() - left_groups.age
            and not exists (
                select
                from rowhouse.topic_member as m
                join rowhouse.node as n on n.number = m.node
                where m.topic = g.topic and m.group_name = g.name
                    and (n.ended_at is null or n.ended_at > now() - left_groups.age))
        order by g.topic, g.name;
end $$;
comment on function rowhouse.left_groups(text, interval) is
    'The groups that the user made, of names with this beginning, whose members'' lives have all been over for so long.';

create function rowhouse.drop_left_groups(prefix text, age interval) returns integer
    language plpgsql as $$
declare
    locked  text[];
    dropped integer;
begin
    -- Who begins to read becomes a member first and then sets the group, which needs the topic's lock. So while this holds it,
    -- who has set the group is seen as its member by the next statement, and who has not will make the group anew.
    select array_agg(held.name) into locked
    from (
        select t.name
        from rowhouse.topic as t
        where t.name in (select l.topic from rowhouse.left_groups(prefix, age) as l)
        order by t.name
        for update) as held;
    perform rowhouse.drop_group(l.topic, l.name)
    from rowhouse.left_groups(prefix, age) as l
    where l.topic = any (locked);
    get diagnostics dropped = row_count;
    return dropped;
end $$;
comment on function rowhouse.drop_left_groups(text, interval) is
    'Forgets the groups that left_groups gives; gives how many. A group that a living node reads for stays.';
