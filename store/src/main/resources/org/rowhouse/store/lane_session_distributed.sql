-- What a lane's connection sets besides when tables are distributed: where a statement goes is known only with its bucket,
-- so it is planned anew each time; a plan for any bucket is refused.
-- set: none
-- gives: nothing
-- locks: none
set plan_cache_mode = force_custom_plan
