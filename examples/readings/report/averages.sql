select sensor, readings, round(celsius / readings, 1) as celsius
from average
where run = :task
order by sensor
