-- The tasks that a bulk operation is about.
-- set: at most :most tasks that fit the filter    gives: an array of ids    locks: none
select coalesce(json_agg(chosen.id), '[]'::json)
from rowhouse.select_tasks(
    state => :states::text[], queue => :queue::text, component => :component::text, function => :function::text,
    before => :before::timestamptz, after => :after::timestamptz, most => :most::integer) as chosen (id)
