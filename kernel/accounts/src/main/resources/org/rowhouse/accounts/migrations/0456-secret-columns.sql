-- Columns that viewers must not read are told by their comments, so that a table that comes later says so itself.

create or replace function rowhouse.let_viewers_read() returns integer
    language plpgsql as $$
declare
    secret_columns constant text[] := array['account.password', 'session.hash', 'login_link.hash', 'join_token.hash', 'saved.content'];
    one   record;
    given integer := 0;
begin
    perform pg_advisory_xact_lock(1380930387, 260);
    for one in
        select n.oid, n.nspname
        from pg_namespace as n
        where (n.nspname = 'rowhouse' or n.nspname in (select c.schema from rowhouse.component as c where c.schema is not null))
            and pg_has_role(n.nspowner, 'usage') and not has_schema_privilege('rowhouse_viewer', n.oid, 'usage')
    loop
        execute format('grant usage on schema %I to rowhouse_viewer', one.nspname);
        given := given + 1;
    end loop;
    for one in
        select n.nspname, c.relname, bool_or(a.secret) as secret,
            has_table_privilege('rowhouse_viewer', c.oid, 'select') as all_given,
            coalesce(bool_and(has_column_privilege('rowhouse_viewer', c.oid, a.attnum, 'select'))
                filter (where not a.secret), true) as given,
            string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (where not a.secret) as columns
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        cross join lateral (
            select b.attname, b.attnum,
                n.nspname = 'rowhouse' and (c.relname || '.' || b.attname = any (secret_columns)
                    or col_description(c.oid, b.attnum) like '%Not readable in statements of viewers and operators.') is true as secret
            from pg_attribute as b
            where b.attrelid = c.oid and b.attnum > 0 and not b.attisdropped) as a
        where has_schema_privilege('rowhouse_viewer', n.oid, 'usage')
            and (n.nspname = 'rowhouse' or n.nspname in (select s.schema from rowhouse.component as s where s.schema is not null))
            and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_has_role(c.relowner, 'usage')
        group by n.nspname, c.relname, c.oid
    loop
        if one.secret and one.all_given then
            execute format('revoke select on %I.%I from rowhouse_viewer', one.nspname, one.relname);
        end if;
        if not one.secret and not one.all_given then
            execute format('grant select on %I.%I to rowhouse_viewer', one.nspname, one.relname);
            given := given + 1;
        elsif one.secret and (one.all_given or not one.given) then
            execute format('grant select (%s) on %I.%I to rowhouse_viewer', one.columns, one.nspname, one.relname);
            given := given + 1;
        end if;
    end loop;
    return given;
end $$;
comment on function rowhouse.let_viewers_read() is
    'Lets the role rowhouse_viewer read the tables of the kernel, but for columns whose comments say that they are not readable, and those of components; gives how many grants were missing.';
