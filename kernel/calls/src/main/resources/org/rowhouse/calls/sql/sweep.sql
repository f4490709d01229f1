-- Deletes spans that have been kept long enough.
-- takes: most    gives: how many went
select rowhouse.sweep_spans(:most::integer)
