-- Records a policy that comes with Rowhouse, if it is new or has changed.
-- takes: name and text; gives: its version; locks: the policy of that name
select rowhouse.ship_policy(:name, :text)
