-- Records one consumer of a version.
-- takes: component, version, function, topic, group and mailbox (null for what it has not), whether it starts tasks
insert into rowhouse.component_consumer (component, version, function, topic, group_name, mailbox, tasks)
values (:component, :version, :function, :topic, :group, :mailbox, :tasks::boolean)
