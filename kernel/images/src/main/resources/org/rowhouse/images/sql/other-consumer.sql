-- Another component whose current version handles one of these groups or mailboxes.
-- takes: component, and as parallel lists topics and groups; mailboxes    gives: component, topic, group_name, mailbox, or no row
select u.component, u.topic, u.group_name, u.mailbox
from rowhouse.component_consumer as u
join rowhouse.component as c on c.name = u.component and c.version = u.version
where c.current and u.component <> :component
  and (u.mailbox = any (:mailboxes::text[])
    or exists (
      select from unnest(:topics::text[], :groups::text[]) as wanted (topic, group_name)
      where wanted.topic = u.topic and wanted.group_name = u.group_name))
order by u.component, u.function
limit 1
