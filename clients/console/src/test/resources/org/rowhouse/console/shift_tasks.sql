-- Spreads what has ended over the last hour; what belongs together stays together.
-- set: all tasks that have ended    locks: their rows
update rowhouse.task
set created_at = created_at - abs(hashtext(root::text)) % 3480 * interval '1 second',
    claimed_at = claimed_at - abs(hashtext(root::text)) % 3480 * interval '1 second',
    ended_at = ended_at - abs(hashtext(root::text)) % 3480 * interval '1 second'
where state in ('succeeded', 'failed')
