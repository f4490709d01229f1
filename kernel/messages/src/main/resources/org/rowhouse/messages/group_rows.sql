-- The groups with their settings.
-- gives: the groups by topic and name    locks: none
select topic, name, deliveries, back_off_ms, created_at, changed_by
from rowhouse.topic_group
order by topic, name
