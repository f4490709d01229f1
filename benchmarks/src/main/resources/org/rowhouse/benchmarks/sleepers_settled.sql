-- How many workflows of a function have begun and been put aside.
select count(*)
from rowhouse.task
where state = 'waiting' and function = ? and waiting_step is not null
