-- The applied migrations in order.
select number, name, digest from rowhouse.migration order by number
