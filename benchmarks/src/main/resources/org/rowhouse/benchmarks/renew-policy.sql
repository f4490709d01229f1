-- Puts the same policy in force as a new version, so that the scheduler begins anew, from rows.
-- takes: nothing; gives: the change; locks: the policy and the order of changes
select rowhouse.set_policy('least-loaded', rowhouse.put_policy('least-loaded', (
    select text from rowhouse.policy where name = 'least-loaded' order by version desc limit 1)))
