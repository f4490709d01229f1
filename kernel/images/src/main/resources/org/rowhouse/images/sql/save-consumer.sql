-- Records one consumer of a version.
-- takes: component, version, function, topic, group and mailbox (null for what it has not), whether it starts tasks
-- and in which queue, null for none
insert into rowhouse.component_consumer (component, version, function, topic, group_name, mailbox, tasks, queue)
values (:component, :version, :function, :topic, :group, :mailbox, :tasks::boolean, :queue)
