select sensor, count(*) as alarms, max(celsius) as celsius
from alarm
where run = :task
group by sensor
order by sensor
