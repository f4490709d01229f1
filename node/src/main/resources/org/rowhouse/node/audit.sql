-- What people did, newest first.
-- set: at most :limit rows older than number :before that fit the filters
-- gives: {rows, next}, next null at the end    locks: none
with listed as (
    select audit.*
    from rowhouse.audit
    where audit.number < :before::bigint
      and (:account::text is null or audit.account = :account::text)
      and (:action::text is null or audit.action = :action::text)
      and (:subject::text is null or audit.subject = :subject::text)
      and (:outcome::text is null or audit.outcome = :outcome::text)
    order by audit.number desc
    limit :limit::integer
)
select json_build_object(
    'rows', coalesce(json_agg(listed order by number desc), '[]'::json),
    'next', case when count(*) = :limit::integer then min(number) end)
from listed
