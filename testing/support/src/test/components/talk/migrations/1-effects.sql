-- One row for each time a conversation had its effect; no unique constraint, so that doubles show.

create table effect (
    task uuid not null
);
comment on table effect is 'Effects of conversations.';
comment on column effect.task is 'The task.';
