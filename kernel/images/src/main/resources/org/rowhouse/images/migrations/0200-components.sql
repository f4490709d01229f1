-- Components: every version that was deployed, its functions, and the migrations of its own tables. Small tables that
-- change seldom; they have no bucket.

create table rowhouse.component (
    name        text        not null,
    version     text        not null,
    current     boolean     not null,
    kind        text        not null check (kind in ('sources', 'classes', 'in-process')),
    digest      text        not null,
    schema      text,
    deployed_at timestamptz not null default now(),
    deployed_by text        not null,
    manifest    jsonb       not null,
    package     bytea,
    primary key (name, version),
    check ((package is null) = (kind = 'in-process'))
);
alter table rowhouse.component alter column package set storage external;

comment on table rowhouse.component is 'Every version of every component that was deployed. Owner: images. Citus: local.';
comment on column rowhouse.component.name is 'The component''s name.';
comment on column rowhouse.component.version is 'The version, as its manifest gives it or derived from its content.';
comment on column rowhouse.component.current is 'True: new tasks use this version. One version of a component is current.';
comment on column rowhouse.component.kind is
    'sources: compiled by each node; classes: used as they are; in-process: objects of the program that holds the node.';
comment on column rowhouse.component.digest is 'SHA-256 of its paths and contents, hexadecimal; in-process: of its functions.';
comment on column rowhouse.component.schema is 'Schema of its own tables; null if it has none.';
comment on column rowhouse.component.deployed_at is 'When this version was first deployed.';
comment on column rowhouse.component.deployed_by is 'Who deployed it first, as the client or the program named them.';
comment on column rowhouse.component.manifest is 'Its manifest, component.json.';
comment on column rowhouse.component.package is 'Its files as a zip archive, bytes; null for in-process.';

create unique index component_current on rowhouse.component (name) where current;
comment on index rowhouse.component_current is 'One current version for a component.';

create table rowhouse.component_function (
    component     text     not null,
    version       text     not null,
    function      text     not null,
    workflow      boolean  not null,
    attempts      integer  not null,
    back_off      interval not null,
    timeout       interval,
    need          jsonb,
    input_schema  jsonb,
    output_schema jsonb,
    primary key (component, version, function)
);
comment on table rowhouse.component_function is 'The functions of every version of every component. Owner: images. Citus: local.';
comment on column rowhouse.component_function.component is 'The component.';
comment on column rowhouse.component_function.version is 'Its version.';
comment on column rowhouse.component_function.function is 'The function''s name, unique within the component.';
comment on column rowhouse.component_function.workflow is 'True: its steps are recorded.';
comment on column rowhouse.component_function.attempts is 'How often it is tried when it throws; 1 for a workflow.';
comment on column rowhouse.component_function.back_off is 'Pause before the second try.';
comment on column rowhouse.component_function.timeout is 'Longest time from start to end; null for none.';
comment on column rowhouse.component_function.need is 'What its tasks need of a node, as rowhouse.need_of takes it; null for nothing in particular.';
comment on column rowhouse.component_function.input_schema is
    'Field to type of the record it takes; null if it takes nothing. A question mark ends the name of a field that may be missing.';
comment on column rowhouse.component_function.output_schema is 'Field to type of the record it returns; null if it returns nothing.';

create table rowhouse.component_migration (
    component  text        not null,
    file       text        not null,
    position   integer     not null,
    version    text        not null,
    digest     text        not null,
    applied_at timestamptz not null default now(),
    primary key (component, file)
);
comment on table rowhouse.component_migration is 'The migrations of components'' own tables that were run, each once. Owner: images. Citus: local.';
comment on column rowhouse.component_migration.component is 'The component.';
comment on column rowhouse.component_migration.file is 'Path of the .sql file within the component.';
comment on column rowhouse.component_migration.position is 'Its place in the order they were run in, from 1.';
comment on column rowhouse.component_migration.version is 'The version of the component that brought it.';
comment on column rowhouse.component_migration.digest is 'SHA-256 of the file, hexadecimal: a file that was run must not change.';
comment on column rowhouse.component_migration.applied_at is 'When it was run.';

create function rowhouse.use_component_schema(name text) returns void language plpgsql as $$
begin
    if to_regnamespace(quote_ident(name)) is null then
        execute format('create schema %I', name);
    end if;
    perform set_config('search_path', quote_ident(name), true);
end
$$;
comment on function rowhouse.use_component_schema(text) is
    'Makes a component''s schema if need be and looks up names there until the transaction ends. Owner: images.';
