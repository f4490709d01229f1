select path, bytes, type
from census.file
where run = :task and bytes is not null
order by bytes desc, name
limit 20
