-- Makes a stream unless it is there.
-- takes: its bucket, id and name; gives: nothing    locks: the stream
insert into rowhouse.log (bucket, id, name)
select :bucket::smallint, :id::bigint, :name
on conflict do nothing
