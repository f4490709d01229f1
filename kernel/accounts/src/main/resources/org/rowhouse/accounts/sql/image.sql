-- Things as the audit shows them. Takes kind and subjects, their names; gives JSON, or null. Locks nothing.
select rowhouse.audit_image(:kind, :subjects::text[])::text as image
