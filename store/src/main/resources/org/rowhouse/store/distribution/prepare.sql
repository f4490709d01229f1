-- Sets up the transaction that distributes tables: one connection to each server, one copy of each shard.
set local citus.multi_shard_modify_mode = 'sequential';
set local citus.shard_replication_factor = 1
