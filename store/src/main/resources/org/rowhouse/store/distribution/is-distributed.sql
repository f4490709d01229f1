-- Whether the kernel's tables are distributed. Only where has-metadata.sql says yes.    locks: none
select exists (
    select from pg_dist_partition where logicalrelid = to_regclass('rowhouse.task') and partmethod = 'h') as there
