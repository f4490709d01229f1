select path, kind, trouble
from census.file
where run = :task and trouble is not null
order by name
limit 100
