-- Why a task is where it is.
-- set: the task :id    gives: an array of sentences with the rows behind them; no row if the task is unknown    locks: none
select explained from rowhouse.describe_place(:id::uuid) as explained where explained is not null
