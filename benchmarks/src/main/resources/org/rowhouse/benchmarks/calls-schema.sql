-- The tables of the benchmark calls, in a schema of their own: jobs that take slots from workers, with an
-- event for each. Storage settings as the kernel's hot tables have them.
create schema rowhouse_bench;

create table rowhouse_bench.worker (
    bucket smallint not null,
    id     integer  not null,
    free   bigint   not null,
    primary key (bucket, id)
) with (
    fillfactor = 10, -- room for the many versions of few rows
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

create table rowhouse_bench.job (
    bucket smallint    not null,
    id     uuid        not null,
    worker integer     not null,
    state  text        not null,
    at     timestamptz not null default now(),
    primary key (bucket, id)
);

create table rowhouse_bench.job_event (
    bucket smallint    not null,
    job    uuid        not null,
    number integer     not null,
    kind   text        not null,
    at     timestamptz not null default now(),
    primary key (bucket, job, number)
);

insert into rowhouse_bench.worker (bucket, id, free)
select bucket, worker, 1000000000
from generate_series(0, 3) as bucket, generate_series(0, 1023) as worker;
