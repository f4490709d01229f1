-- Stores spans of traced calls. One that is already there is left as it is, so a retry is harmless.
-- set: one row for each span
-- gives: true
-- locks: none
with asked as materialized (
    select *
    from unnest(:trace, :id, :kind, :parent, :operation, :component, :node, :target, :task, :age_us, :duration_us, :outcome, :detail)
        with ordinality as asked (
            trace, id, kind, parent, operation, component, node, target, task, age_us, duration_us, outcome, detail, position)
), stored as (
    insert into call_span (
        bucket, trace, id, kind, parent, operation, component, node, target, task, started_at, duration_us, outcome, detail)
    select :bucket, trace, id, kind, parent, operation, component, node, target, task,
           now() - age_us * interval '1 microsecond', duration_us, outcome, detail
    from asked
    on conflict do nothing
)
select position, true as stored from asked
