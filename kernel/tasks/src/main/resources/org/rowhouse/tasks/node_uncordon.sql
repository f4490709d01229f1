-- Lets a cordoned node claim again.    locks: its row
select rowhouse.uncordon_node(:name)
