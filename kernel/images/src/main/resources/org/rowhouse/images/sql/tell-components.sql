-- Tells the nodes, when the transaction has committed, that another version of a component is current.
-- takes: nothing
select pg_notify('rowhouse', 'components')
