-- Gives a home's lease up.
-- set: one home
-- gives: nothing of use
-- locks: the home
select rowhouse.leave_region_home(:life::integer)
