-- What a Citus coordinator with two workers offers, as far as distributing tables goes: it only notes what it is asked.
create table public.pg_dist_partition (logicalrelid regclass, partmethod "char");
create table public.pg_dist_local_group (groupid integer);
insert into public.pg_dist_local_group values (0);
create table public.pg_dist_node (isactive boolean, shouldhaveshards boolean, noderole text);
insert into public.pg_dist_node values (true, true, 'primary'), (true, true, 'primary'), (true, false, 'primary');
create table public.asked (number serial, what text);

create function public.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text default 'hash',
    colocate_with text default 'default', shard_count integer default null) returns void language plpgsql as $$
begin
    insert into public.pg_dist_partition values (table_name, 'h');
    insert into public.asked (what) values (concat_ws(' ', table_name, distribution_column, colocate_with, shard_count));
end $$;
create function public.create_reference_table(table_name regclass) returns void language plpgsql as $$
begin
    insert into public.pg_dist_partition values (table_name, 'n');
end $$;
create function public.create_distributed_function(name regprocedure) returns void language plpgsql as $$
begin
    insert into public.asked (what) values (name::text);
end $$;
create function public.truncate_local_data_after_distributing_table(table_name regclass) returns void
    language plpgsql as $$
begin
    insert into public.asked (what) values ('tidy ' || table_name);
end $$;
