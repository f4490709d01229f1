-- Takes back whatever a statement of the user left in its session: settings, advisory locks, temporary tables.
-- set: the session    gives: nothing    locks: none
discard all
