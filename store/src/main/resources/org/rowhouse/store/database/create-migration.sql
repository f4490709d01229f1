-- Makes the record of applied migrations and the schema that all of the kernel lives in.
create schema if not exists rowhouse;
comment on schema rowhouse is 'The kernel of Rowhouse. Owner: store.';

create table rowhouse.migration (
    number     integer     not null primary key,
    name       text        not null,
    digest     text        not null,
    applied_at timestamptz not null default now()
);
comment on table rowhouse.migration is 'Steps of this schema''s history that were applied. Owner: store. Citus: local.';
comment on column rowhouse.migration.number is 'Place in the order, from 1.';
comment on column rowhouse.migration.name is 'What the step does, in a few words.';
comment on column rowhouse.migration.digest is 'SHA-256 of the step''s statements, hexadecimal.';
comment on column rowhouse.migration.applied_at is 'When it was applied, by the database''s clock.';
