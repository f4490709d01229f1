-- The accounts of people, without their passwords.
-- set: at most :most of them, or the one named :name    gives: an array    locks: none
with listed as (
    select account.name, account.role, account.password is not null as password_set, account.disabled_at,
           account.created_at, account.created_by, account.changed_at, account.changed_by, (
               select count(*)
               from rowhouse.session
               where session.account = account.name and session.ended_at is null and session.expires_at > now()
           ) as sessions
    from rowhouse.account
    where :name::text is null or account.name = :name::text
    order by account.name
    limit :most::integer
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
