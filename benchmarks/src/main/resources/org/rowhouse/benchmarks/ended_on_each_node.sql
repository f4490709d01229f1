-- How many tasks have ended well on each node of the balance, by the node's name.
-- takes: nothing; gives: a number for each node; locks: nothing
select count(task.id)
from rowhouse.node
left join rowhouse.task on task.node = node.number and task.state = 'succeeded'
where node.name like 'balance-%'
group by node.name
order by node.name
