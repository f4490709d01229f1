-- Says which devices have come to a node's doors, or changed, and which are gone.
-- takes: node; names, doors, addresses, follow: of each; offered_by (which of them, from 1), offered; gone_names, gone_doors
select rowhouse.note_devices(
    :node::integer, :names::text[], :doors::text[], :addresses::text[], :follow::boolean[], :offered_by::integer[],
    :offered::text[], :gone_names::text[], :gone_doors::text[])
