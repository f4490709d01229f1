-- Ways of calls that have failed: those that are not closed first, then latest first.
-- set: at most :limit    gives: an array    locks: none
with listed as (
    select b.state, b.operation, own.name as node, target.name as target, b.failures, b.opened_at, b.retry_at, b.reason,
           b.changed_at
    from rowhouse.breaker as b
    join rowhouse.node as own on own.number = b.node
    join rowhouse.node as target on target.number = b.target
    where own.ended_at is null
    order by b.state = 'closed', b.changed_at desc
    limit :limit::integer
)
select coalesce(json_agg(listed order by listed.state = 'closed', listed.changed_at desc), '[]'::json) from listed
