-- What a census found. A run's rows go with: delete from census.file where run = ...; delete from census.run where id = ...
create table run (
    id         uuid        primary key,
    directory  text        not null,
    started_at timestamptz not null default now(),
    ended_at   timestamptz
);
comment on table run is 'One row for each census of a directory.';
comment on column run.id is 'The task that took it.';
comment on column run.directory is 'The directory, as a file URI.';
comment on column run.started_at is 'When it began.';
comment on column run.ended_at is 'When its report was made; null before that.';

-- No foreign key to run: thousands of inserts at once would all lock its one row.
create table file (
    run     uuid   not null,
    name    text   not null,
    path    text   not null,
    kind    text   not null check (kind in ('file', 'link', 'directory', 'other', 'unknown')),
    bytes   bigint,
    lines   bigint,
    type    text,
    sha256  bytea,
    target  text,
    trouble text,
    primary key (run, name)
);
comment on table file is 'What a census found at one place of its directory.';
comment on column file.run is 'The census.';
comment on column file.name is 'Place below the directory, percent-encoded: any bytes that a file system allows.';
comment on column file.path is 'The same for people; control characters, backslashes and bytes that are not UTF-8 escaped.';
comment on column file.kind is 'file, link (not followed), directory (only if it cannot be listed), other (pipe, socket, device), unknown (its task did not succeed).';
comment on column file.bytes is 'Length in bytes.';
comment on column file.lines is 'Line ends, and a last line without one.';
comment on column file.type is 'Media type, by content first and by name second.';
comment on column file.sha256 is 'SHA-256 of the content.';
comment on column file.target is 'Where a link points.';
comment on column file.trouble is 'Why it could not be examined; null if it could.';
