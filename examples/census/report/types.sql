select type, count(*) as files, sum(bytes) as bytes
from census.file
where run = :task and type is not null
group by type
order by files desc, type
limit 30
