-- Looks up names in one schema until the transaction ends.
-- takes: the schema    gives: nothing of use    locks: none
select set_config('search_path', quote_ident(:schema), true)
