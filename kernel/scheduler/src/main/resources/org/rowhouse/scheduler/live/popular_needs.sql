-- Counts arrivals of classes of need, older ones counting less each time, and gives the popular ones.
-- takes: numbers and counts side by side; gives: number and popularity; locks: the classes, in their order
with noted as (
    update rowhouse.need as d
    set popularity = d.popularity * 9 / 10 + coalesce(asked.count, 0)
    from (
        select n.number, a.count
        from rowhouse.need as n
        left join unnest(:numbers::integer[], :counts::bigint[]) as a (number, count) on a.number = n.number
        where a.count is not null or n.popularity > 0
        order by n.number
    ) as asked
    where d.number = asked.number
    returning d.number, d.popularity
)
select number, popularity from noted where popularity > 0
