-- The interfaces that versions of components serve: what a node loads when nobody serves an interface yet. A small table that
-- changes seldom; it has no bucket.

create table rowhouse.component_interface (
    component  text   not null,
    version    text   not null,
    interface  text   not null check (length(interface) between 1 and 200),
    operations text[] not null check (cardinality(operations) between 1 and 200),
    primary key (component, version, interface)
);
comment on table rowhouse.component_interface is
    'The interfaces that each version of each component serves to others. Owner: images. Citus: local.';
comment on column rowhouse.component_interface.component is 'The component.';
comment on column rowhouse.component_interface.version is 'Its version.';
comment on column rowhouse.component_interface.interface is 'Full name of the Java interface.';
comment on column rowhouse.component_interface.operations is 'Names of its operations.';

create index component_interface_name on rowhouse.component_interface (interface);
comment on index rowhouse.component_interface_name is 'Who serves an interface.';
