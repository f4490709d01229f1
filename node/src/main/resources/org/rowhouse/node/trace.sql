-- The spans of one trace, in the order in which they began.
-- set: the trace :trace, :most spans at most    gives: an array    locks: none
with listed as (
    select s.id::text as id, s.parent::text as parent, s.kind, s.operation, s.component, own.name as node, target.name as target,
           s.task, s.started_at, s.duration_us, s.outcome, s.detail
    from rowhouse.spans_of(:trace::uuid, :most::integer) as s
    left join rowhouse.node as own on own.number = s.node
    left join rowhouse.node as target on target.number = s.target
)
select coalesce(json_agg(listed order by listed.started_at, listed.kind), '[]'::json) from listed
