-- Resumes a schedule.    locks: the schedule
select rowhouse.resume_schedule(:name)
