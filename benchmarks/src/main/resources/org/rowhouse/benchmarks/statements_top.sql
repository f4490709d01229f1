-- The statements that cost the server most time, by what one call of each cost.
select
    calls,
    total_exec_time                              as total_ms,
    mean_exec_time                               as mean_ms,
    rows::double precision / calls               as rows,
    wal_bytes::double precision / calls          as wal_bytes,
    shared_blks_read::double precision / calls   as blocks_read,
    left(regexp_replace(regexp_replace(query, '--[^\n]*', '', 'g'), '\s+', ' ', 'g'), 110) as statement
from pg_stat_statements
where calls > 0
order by total_exec_time desc
limit ?
