-- Says that a node is on another machine, so that others reach it by TLS.
-- set: one life of a node
-- gives: nothing
-- locks: its address
update rowhouse.wire_address set machine = 'another machine' where node = ? and tls is not null
