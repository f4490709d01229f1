select count(*) as contents, coalesce(sum(copies - 1), 0) as superfluous_files, coalesce(sum((copies - 1) * bytes), 0) as wasted_bytes
from (select count(*) as copies, min(bytes) as bytes
      from census.file
      where run = :task and bytes > 0 and sha256 is not null
      group by sha256
      having count(*) > 1) as duplicate
