-- What consumers make of readings.

create table average (
    run      uuid    not null,
    sensor   text    not null,
    readings bigint  not null,
    celsius  numeric not null,
    primary key (run, sensor)
);
comment on table average is 'How warm it was at each sensor, reading by reading.';
comment on column average.run is 'The task that published: rowhouse.task.id.';
comment on column average.sensor is 'The sensor.';
comment on column average.readings is 'How many readings have been counted.';
comment on column average.celsius is 'Their sum in degrees.';

-- No unique constraint, on purpose: that each alarm is raised once is what Rowhouse promises.
create table alarm (
    run     uuid        not null,
    sensor  text        not null,
    celsius numeric     not null,
    at      timestamptz not null default now()
);
create index alarm_run on alarm (run);
comment on table alarm is 'Readings that were too hot.';
comment on column alarm.run is 'The task that published: rowhouse.task.id.';
comment on column alarm.sensor is 'The sensor.';
comment on column alarm.celsius is 'What it read in degrees.';
comment on column alarm.at is 'When the alarm was raised, by the database''s clock.';
