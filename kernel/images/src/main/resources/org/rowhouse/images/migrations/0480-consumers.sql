-- What versions of components consume: the topics and mailboxes that nodes read for them. A small table that changes seldom;
-- it has no bucket.

create table rowhouse.component_consumer (
    component  text    not null,
    version    text    not null,
    function   text    not null,
    topic      text,
    group_name text,
    mailbox    text,
    tasks      boolean not null,
    primary key (component, version, function),
    check ((topic is null) = (group_name is null)),
    check ((topic is null) <> (mailbox is null))
);
comment on table rowhouse.component_consumer is
    'The groups and mailboxes that each version of each component handles. Owner: images. Citus: local.';
comment on column rowhouse.component_consumer.component is 'The component.';
comment on column rowhouse.component_consumer.version is 'Its version; the current one reads.';
comment on column rowhouse.component_consumer.function is 'The function that messages start, or the method that handles them.';
comment on column rowhouse.component_consumer.topic is 'The topic; null for a mailbox.';
comment on column rowhouse.component_consumer.group_name is 'The group that it reads the topic for; null for a mailbox.';
comment on column rowhouse.component_consumer.mailbox is 'The mailbox; null for a topic.';
comment on column rowhouse.component_consumer.tasks is
    'True: each message starts a task. False: it is handled in the transaction that acknowledges it.';
