-- Bounds what a policy may do in its transaction: it reads only, for a second at most, and what it names is looked for
-- among the kernel's relations.
-- takes: milliseconds; gives: nothing of use; locks: none
select
    set_config('statement_timeout', :ms, true), set_config('search_path', 'rowhouse', true),
    set_config('transaction_read_only', 'on', true), set_config('jit', 'off', true)
