-- Gives a device a token. Takes :name, the token's SHA-256 as :key, and :most rows that there may be. Locks: the order of changes.
select rowhouse.issue_device(:name, :key, :most::integer) is not null as done
