-- Gives a device a token.
-- set: the device :name, the token's SHA-256 :key    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done',
    rowhouse.issue_device(:name::text, :key::text, :most::integer) is not null)
