-- The number of a class of need, which is made if it is new.
-- takes: the fields of org.rowhouse.api.Need; gives: the number, null for nothing in particular; locks: a new row
select rowhouse.need_of(jsonb_build_object(
    'coresMilli', :cores::integer, 'memoryMib', :memory::bigint, 'devices', :devices::integer,
    'shareMilli', :share::integer, 'deviceClass', :class::text, 'models', to_jsonb(:models::text[]),
    'labels', to_jsonb(:labels::text[]), 'tier', :tier::text, 'reads', to_jsonb(:reads::text[])))
