select encode(sha256, 'hex') as sha256, count(*) as copies, min(bytes) as bytes,
       (count(*) - 1) * min(bytes) as wasted_bytes, (array_agg(path order by name))[1] as first_path
from census.file
where run = :task and bytes > 0 and sha256 is not null
group by sha256
having count(*) > 1
order by wasted_bytes desc, sha256
limit 20
