-- Tasks that a text stands in, newest first.
-- set: the tasks older than :before that fit the filter, until :limit are found, :look are looked at or :budget_ms are over
-- gives: one object {tasks, looked, chars, back_to, next}; next is where to go on, null at the end    locks: none
select rowhouse.search_tasks(
    :text::text, :before::uuid, :states::text[], :queue::text, :component::text, :function::text, :roots::boolean,
    :limit::integer, :look::integer, :chars::integer, :budget_ms::integer * interval '1 millisecond')
