-- Reads the settings.
-- set: none
-- gives: name and value
-- locks: none
select name, value from rowhouse.setting order by name
