-- Records a session. Takes hash, account, name, role, via, address, network, life_ms, until (null: none but its life) and most.
-- locks: the account's oldest sessions if there are too many    gives: number, expires_at
select rowhouse.open_session(:hash, :account, :name, :role, :via, :address, :network, life.ends, :most::integer) as number,
       life.ends as expires_at
from (select least(now() + :life_ms::bigint * interval '1 millisecond', :until::timestamptz) as ends) as life
