-- The relation candidate: one row for each way to put one ready task on one node where it fits. A task that needs a share
-- of a device has a row for each device with enough left; one that needs whole devices has one row for each node, with
-- the first of the devices that it would get; one that needs none has one row for each node, with device -1.
-- Takes ready_task, placing_node, placing_device, placing_data, shape and demand, which search_path resolves: live views,
-- recorded history or simulated data may stand behind them. Gives the columns that policies are written in, none of them
-- ever null: whoever adds one adds it to Column.java too. Locks nothing.
with node_device as (
    select
        node,
        count(*)::integer as devices,
        count(*) filter (where left_milli = 1000) as free,
        sum(left_milli) as left_milli
    from placing_device
    group by node
), largest as (
    select
        max(n.cores_milli) as cores_milli,
        max(n.memory_mib) as memory_mib,
        max(1000 * coalesce(d.devices, 0)) as devices_milli
    from placing_node n
    left join node_device d on d.node = n.node
), shape_weight as (
    select sum(weight) as weight, sum(weight) filter (where devices > 0) as of_devices from shape
), priced_shape as materialized (
    -- The price of a shape: its part of what is asked for by its part of the devices that could serve it if all were free, in
    -- millionths. 1 if every device serves every shape.
    select
        p.*,
        coalesce(div(p.weight::numeric * fleet.devices * 1000000, s.of_devices * nullif(serving.devices, 0)), 0)::bigint as price
    from shape p
    cross join shape_weight s
    cross join (
        select sum(d.devices) as devices
        from placing_node n
        join node_device d on d.node = n.node
    ) fleet
    cross join lateral (
        select sum(x.devices) as devices
        from (
            select count(*) as devices
            from placing_node n
            join placing_device d on d.node = n.node
            where n.cores_milli >= p.cores_milli
                and d.class = p.device_class
                and (p.models = '{}' or d.model = any (p.models))
            group by n.node
            having count(*) >= p.devices
        ) x
    ) serving
), node_fragments as materialized (
    -- What is left and of no use to a shape: all if the shape does not fit, else what lies on devices that do not serve it.
    select n.node, sum(p.weight * u.amount) as amount, sum(p.price * u.amount) as priced
    from placing_node n
    cross join priced_shape p
    cross join lateral (
        select coalesce(sum(x.left_milli), 0) - case
            when p.devices > 0 and n.cores_left_milli >= p.cores_milli and count(*) filter (where x.serves) >= p.devices
                then coalesce(sum(x.left_milli) filter (where x.serves), 0)
            else 0
        end as amount
        from (
            select
                e.left_milli,
                e.class = p.device_class
                    and (p.models = '{}' or e.model = any (p.models))
                    and e.left_milli >= p.share_milli as serves
            from placing_device e
            where e.node = n.node
        ) x
    ) u
    group by n.node
), fitting as materialized (
    -- The draw stands here so that it is made once for each task and node.
    select
        t.task,
        t.cores_milli as cores_asked,
        t.memory_mib as memory_asked,
        t.device_class,
        t.models,
        t.devices as devices_asked,
        t.share_milli,
        t.reads,
        n.node,
        n.cores_milli,
        n.cores_left_milli,
        n.memory_mib,
        n.memory_left_mib,
        n.zone,
        n.tier,
        n.tasks,
        n.held,
        random() as draw
    from ready_task t
    join placing_node n
        on n.cores_left_milli >= t.cores_milli
        and n.memory_left_mib >= t.memory_mib
        and n.labels @> t.labels
        and (t.tier is null or t.tier = n.tier)
), way as (
    -- Every way with the devices that it takes.
    select f.*, -1 as device, '{}'::integer[] as taken, 0 as device_left_milli, '' as model
    from fitting f
    where f.devices_asked = 0
    union all
    select f.*, d.device, array[d.device], d.left_milli, d.model
    from fitting f
    join placing_device d
        on d.node = f.node
        and d.class = f.device_class
        and (f.models = '{}' or d.model = any (f.models))
        and d.left_milli >= f.share_milli
    where f.devices_asked = 1 and f.share_milli < 1000
    union all
    select f.*, w.devices[1], w.devices[:f.devices_asked], 1000, w.models[1]
    from fitting f
    cross join lateral (
        select array_agg(d.device order by d.device) as devices, array_agg(d.model order by d.device) as models
        from placing_device d
        where d.node = f.node
            and d.class = f.device_class
            and (f.models = '{}' or d.model = any (f.models))
            and d.left_milli = 1000
    ) w
    where f.devices_asked > 0 and f.share_milli = 1000 and cardinality(w.devices) >= f.devices_asked
)
select
    w.task,
    w.node,
    w.device,
    w.cores_asked::float8 as cores_asked_milli,
    w.cores_left_milli::float8,
    w.cores_milli::float8 as cores_total_milli,
    l.cores_milli::float8 as cores_largest_milli,
    w.memory_asked::float8 as memory_asked_mib,
    w.memory_left_mib::float8,
    w.memory_mib::float8 as memory_total_mib,
    l.memory_mib::float8 as memory_largest_mib,
    w.devices_asked::float8 as devices_asked,
    (w.devices_asked * w.share_milli)::float8 as devices_asked_milli,
    w.device_left_milli::float8 as device_left_milli,
    coalesce(d.left_milli, 0)::float8 as devices_left_milli,
    coalesce(d.devices, 0)::float8 as devices_total,
    coalesce(d.free, 0)::float8 as devices_free,
    l.devices_milli::float8 as devices_largest_milli,
    w.tasks::float8 as tasks_placed,
    -- Requests are counted in an array: 1 for shares, 1 + n for n whole devices.
    case
        when w.devices_asked = 0 then 0
        when w.share_milli < 1000 then w.held[1]
        else w.held[1 + w.devices_asked]
    end::float8 as request_placed,
    (select count(*) from unnest(w.held) as h (tasks) where h.tasks > 0)::float8 as request_kinds_placed,
    coalesce(before.amount::float8 / s.weight::float8, 0) as fragments_before_milli,
    coalesce(after.amount::float8 / s.weight::float8, 0) as fragments_after_milli,
    coalesce(before.priced::float8 / 1000000, 0) as priced_fragments_before_milli,
    coalesce(after.priced::float8 / 1000000, 0) as priced_fragments_after_milli,
    coalesce((1000 * a.cores_milli)::float8 / nullif(a.devices_milli, 0)::float8, 0) as cores_per_device_milli,
    coalesce((1000 * a.memory_mib)::float8 / nullif(a.devices_milli, 0)::float8, 0) as memory_per_device_mib,
    coalesce(away.bytes, 0)::float8 as bytes_away,
    w.draw,
    w.model,
    w.zone,
    w.tier
from way w
cross join largest l
cross join shape_weight s
cross join demand a
left join node_device d on d.node = w.node
left join node_fragments before on before.node = w.node
-- The same as it would be with the task.
cross join lateral (
    select sum(p.weight * u.amount) as amount, sum(p.price * u.amount) as priced
    from priced_shape p
    cross join lateral (
        select coalesce(sum(x.left_milli), 0) - case
            when p.devices > 0 and w.cores_left_milli - w.cores_asked >= p.cores_milli and count(*) filter (where x.serves) >= p.devices
                then coalesce(sum(x.left_milli) filter (where x.serves), 0)
            else 0
        end as amount
        from (
            select
                y.left_milli,
                y.class = p.device_class
                    and (p.models = '{}' or y.model = any (p.models))
                    and y.left_milli >= p.share_milli as serves
            from (
                select
                    e.class,
                    e.model,
                    e.left_milli - case when e.device = any (w.taken) then w.share_milli else 0 end as left_milli
                from placing_device e
                where e.node = w.node
            ) y
        ) x
    ) u
) after
cross join lateral (
    select sum(b.most - coalesce(h.bytes, 0)) as bytes
    from unnest(w.reads) as r (data)
    join (select data, max(bytes) as most from placing_data group by data) b on b.data = r.data
    left join placing_data h on h.data = r.data and h.node = w.node
) away
