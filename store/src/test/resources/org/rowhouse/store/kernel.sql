-- A kernel in small: every kind of column and constraint that a backup has to carry.
create type rowhouse.mood as enum ('calm', 'it''s odd');
create table rowhouse.place (
    name text not null primary key,
    note text
);
create table rowhouse.thing (
    bucket    smallint         not null,
    id        uuid             not null default gen_random_uuid(),
    number    bigint           not null generated always as identity,
    place     text             references rowhouse.place (name),
    mood      rowhouse.mood,
    body      jsonb,
    raw       bytea,
    words     text[],
    ratio     double precision,
    at        timestamptz      not null default now(),
    took      interval,
    "Odd name" text,
    doubled   bigint generated always as (bucket * 2) stored,
    primary key (bucket, id)
);
create table rowhouse.a_child (
    bucket smallint not null,
    id     uuid     not null,
    primary key (bucket, id),
    foreign key (bucket, id) references rowhouse.thing (bucket, id)
);
create table rowhouse.trace (line text not null);
create function rowhouse.leave_trace() returns trigger language plpgsql as $$
begin
    insert into rowhouse.trace values (new.name);
    return new;
end $$;
create trigger leave_trace after insert on rowhouse.place
    for each row execute function rowhouse.leave_trace();
insert into rowhouse.place values ('seed', 'put here by the migration');
