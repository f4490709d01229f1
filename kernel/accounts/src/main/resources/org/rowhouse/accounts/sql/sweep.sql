-- Deletes what is long over. Takes :most of each kind; gives how many rows went. Locks the deleted rows.
select rowhouse.sweep_accounts(:most::integer)
