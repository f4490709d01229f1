-- Sessions of MQTT that are to survive their node: what a client subscribed to, and how far it has got in the logs of the
-- topics that it hears of. One row for each, without a bucket. A session belongs to the node that took it last: its epoch
-- says so, and whoever has an older one neither moves nor ends it. A row that is gone was swept by mistake, while its node
-- could not say that the client was there: that node writes it again.

create sequence rowhouse.mqtt_session_epoch;

create table rowhouse.mqtt_session (
    client       text        not null primary key,
    epoch        bigint      not null,
    guest        text        not null,
    node         text        not null,
    filters      text[]      not null,
    options      integer[]   not null,
    identifiers  integer[]   not null,
    positions    jsonb       not null,
    life_seconds bigint      not null check (life_seconds = 0 or life_seconds >= 60),
    seen_at      timestamptz not null default now()
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.mqtt_session is 'Sessions of MQTT clients that outlive their connections. Owner: mqtt. Citus: local.';
comment on column rowhouse.mqtt_session.client is 'The client''s identifier.';
comment on column rowhouse.mqtt_session.epoch is 'Grows each time that a node takes it; the highest owns it.';
comment on column rowhouse.mqtt_session.guest is 'The user that the client connected as; another one does not get the session.';
comment on column rowhouse.mqtt_session.node is 'The node that took it last.';
comment on column rowhouse.mqtt_session.filters is 'What the client subscribed to.';
comment on column rowhouse.mqtt_session.options is 'For each filter its options, as MQTT 5 writes them in one byte (3.8.3.1).';
comment on column rowhouse.mqtt_session.identifiers is 'For each filter its subscription identifier; 0 for none.';
comment on column rowhouse.mqtt_session.positions is 'Object: for each log, as topic/its number/log, the position before which the client has acknowledged all.';
comment on column rowhouse.mqtt_session.life_seconds is 'How long it is kept after the client was last seen, and a minute more; 0: it was ended, which stands a minute for the node that had it.';
comment on column rowhouse.mqtt_session.seen_at is 'When the client was last known to be connected, to a minute.';

create index mqtt_session_seen on rowhouse.mqtt_session (seen_at);
comment on index rowhouse.mqtt_session_seen is 'The oldest, which may be over.';
