-- What consumers name and nobody has declared.
-- takes: topics, mailboxes, queues    gives: what it is and its name, topics first
select 'topic' as what, wanted.name
from unnest(:topics::text[]) as wanted (name)
where not exists (select from rowhouse.topic as t where t.name = wanted.name)
union
select 'mailbox', wanted.name
from unnest(:mailboxes::text[]) as wanted (name)
where not exists (select from rowhouse.mailbox as m where m.name = wanted.name)
union
select 'queue', wanted.name
from unnest(:queues::text[]) as wanted (name)
where not exists (select from rowhouse.queue as q where q.name = wanted.name)
order by what desc, name
