-- Explains one task: sentences and the rows behind them.    locks: none
select number, sentence, relation, "row"::text as content
from rowhouse.explain_task(:id)
order by number
