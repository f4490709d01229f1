-- Declares or changes a group.
-- gives: a row    locks: the topic and the group
select rowhouse.set_group(:topic, :name, :beginning::boolean, :deliveries::integer, :back_off_ms::integer)
