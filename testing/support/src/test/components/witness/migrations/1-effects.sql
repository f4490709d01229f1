-- One row for each time a transaction step had its effect; no unique constraint, so that doubles show.

create table effect (
    task uuid        not null,
    step text        not null,
    at   timestamptz not null default now()
);
comment on table effect is 'Effects of transaction steps.';
comment on column effect.task is 'The task.';
comment on column effect.step is 'The step''s name.';
comment on column effect.at is 'When.';
