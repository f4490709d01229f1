-- Who handles which groups and mailboxes: the consumers of current versions.
-- takes: nothing    gives: component, version, function, topic, group_name, mailbox, tasks, queue
select u.component, u.version, u.function, u.topic, u.group_name, u.mailbox, u.tasks, u.queue
from rowhouse.component_consumer as u
join rowhouse.component as c on c.name = u.component and c.version = u.version
where c.current
order by u.component, u.function
