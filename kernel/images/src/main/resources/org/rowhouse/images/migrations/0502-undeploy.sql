-- A component is withdrawn: none of its versions is current any more. They stay, for tasks that name them and to be deployed again.

create function rowhouse.unended_of(component text) returns bigint
    language plpgsql stable as $$
declare
    total bigint := 0;
    part  bigint;
begin
    for b in 0..rowhouse.setting_value('buckets')::integer - 1 loop
        select count(*) into part
        from rowhouse.task as t
        where t.bucket = b::smallint and t.component = unended_of.component and t.state in ('ready', 'running', 'waiting');
        total := total + part;
    end loop;
    return total;
end $$;
comment on function rowhouse.unended_of(text) is 'How many tasks of a component have not ended.';

create function rowhouse.undeploy_component(name text, force boolean default false, out version text, out unended bigint)
    language plpgsql as $$
#variable_conflict use_column
declare
    schedule text;
begin
    lock table rowhouse.component in share row exclusive mode;
    update rowhouse.component as c
    set current = false
    where c.name = undeploy_component.name and c.current
    returning c.version into version;
    if version is null then
        perform rowhouse.refuse('RH002', format('There is no component %s.', rowhouse.shown(name)),
            'Deployed: ' || coalesce((
                select string_agg(c.name, ', ' order by c.name)
                from (select c.name from rowhouse.component as c where c.current order by c.name limit 50) as c), 'none') || '.');
    end if;
    unended := rowhouse.unended_of(undeploy_component.name);
    select min(s.name) into schedule
    from rowhouse.schedule as s
    where s.component = undeploy_component.name and not s.paused;
    if unended > 0 and not undeploy_component.force then
        perform rowhouse.refuse('RH003', format('Component %s has tasks that have not ended: %s.', name, unended),
            'Wait for them or cancel them; or force it, and they go on by the versions that they were started with.');
    end if;
    if schedule is not null and not undeploy_component.force then
        perform rowhouse.refuse('RH003', format('Schedule %s starts tasks of component %s.', schedule, name),
            'Pause or drop the schedule first; or force it, and the schedule starts nothing until the component is deployed again.');
    end if;
    perform pg_notify('rowhouse', 'components');
end $$;
comment on function rowhouse.undeploy_component(text, boolean) is
    'Withdraws a component: nothing new is started of it, it consumes and serves nothing. Refused while tasks of it have not ended or a schedule starts some, unless forced. Gives the version that was current and how many tasks go on.';
