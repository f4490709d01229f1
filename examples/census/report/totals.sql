select count(*) filter (where kind = 'file') as files,
       count(*) filter (where kind = 'link') as links,
       count(*) filter (where kind = 'other') as others,
       count(*) filter (where trouble is not null) as troubles,
       coalesce(sum(bytes), 0) as bytes,
       coalesce(sum(lines) filter (where type like 'text/%'), 0) as lines_of_text,
       count(distinct sha256) as contents
from census.file
where run = :task
