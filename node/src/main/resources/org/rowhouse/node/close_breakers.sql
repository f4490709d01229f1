-- Closes breakers.
-- set: all, or those of :operation    gives: an object    locks: as the function says
select json_build_object('closed', rowhouse.close_breakers(:operation::text))
