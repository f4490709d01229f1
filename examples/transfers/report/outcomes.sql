select
    coalesce(output ->> 'outcome', state::text)  as outcome,
    count(*)                                     as transfers,
    sum((input ->> 'cents')::bigint)             as cents
from rowhouse.task
where component = 'transfers' and function = 'transfer'
group by outcome
order by transfers desc
