-- How many good certificates a role still has. Takes :role.
select count(*) as good from rowhouse.certificate where role = :role and revoked_at is null and not_after > now()
