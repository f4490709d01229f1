-- Bounds a look at history: it reads only, and for :ms milliseconds at most.
-- gives: nothing of use; locks: none
select set_config('statement_timeout', :ms, true), set_config('transaction_read_only', 'on', true)
