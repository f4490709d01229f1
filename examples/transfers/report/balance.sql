select
    sum(opening)                                                        as opening,
    sum(balance)                                                        as balances,
    (select coalesce(-sum(cents), 0) from ledger)                       as in_flight,
    sum(opening) - sum(balance) + (select coalesce(sum(cents), 0) from ledger) as difference
from account
