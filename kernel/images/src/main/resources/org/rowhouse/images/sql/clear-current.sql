-- Takes the mark of the current version away.
-- takes: name
update rowhouse.component set current = false where name = :name and current
