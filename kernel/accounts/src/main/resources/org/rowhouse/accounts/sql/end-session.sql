-- Ends a session, one of :account if that is not null. Takes number, account. Locks the session.
select rowhouse.end_session(:number::bigint, :account)
