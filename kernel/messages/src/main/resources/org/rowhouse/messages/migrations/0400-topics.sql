-- Topics and streams: logs of messages, the cursors of those who read them, and letters that nobody could handle.
-- A log is an ordered sequence of messages in one bucket. A topic has several, and a message's key chooses one; a stream is one
-- log that can be closed. Messages are only appended, and deleted from the old end. A group's place in a log is one row, so to
-- acknowledge many messages is one small update. Refusals raise RH001 (invalid argument), RH002 (not found) or RH003 (conflict).

create table rowhouse.topic (
    name             text        not null primary key,
    number           integer     not null generated always as identity unique,
    first_bucket     integer     not null,
    logs             integer     not null check (logs between 1 and 1024),
    retention        interval    check (retention between interval '1 second' and interval '36500 days'),
    retention_bytes  bigint      check (retention_bytes >= 1),
    bytes_max        bigint      check (bytes_max >= 1),
    lag_max          bigint      check (lag_max >= 1),
    created_at       timestamptz not null default now(),
    changed_at       timestamptz not null default now(),
    changed_by       text        not null default current_user
);
comment on table rowhouse.topic is 'Topics: what messages are published to. Owner: messages. Citus: local.';
comment on column rowhouse.topic.name is 'The topic''s name.';
comment on column rowhouse.topic.number is 'Its number; log i of it has the id number * 4096 + i.';
comment on column rowhouse.topic.first_bucket is 'The bucket of its log 0; log i lies i buckets further, round and round.';
comment on column rowhouse.topic.logs is 'How many logs its messages are spread over by their keys; fixed.';
comment on column rowhouse.topic.retention is 'Messages are deleted after this time, read or not; null: never for their age.';
comment on column rowhouse.topic.retention_bytes is 'The oldest are deleted when its messages take more than this; null: never for their size.';
comment on column rowhouse.topic.bytes_max is 'Publishing is refused while its messages take more than this; null: no limit.';
comment on column rowhouse.topic.lag_max is 'Publishing is refused while a group lags by more messages than this; null: no limit.';
comment on column rowhouse.topic.created_at is 'When it was made.';
comment on column rowhouse.topic.changed_at is 'When its settings were last changed.';
comment on column rowhouse.topic.changed_by is 'Who changed them.';

create table rowhouse.log (
    bucket    smallint    not null,
    id        bigint      not null,
    head      bigint      not null default 0,
    tail      bigint      not null default 0,
    bytes     bigint      not null default 0,
    bytes_max bigint,
    lag_max   bigint,
    closed_at timestamptz,
    name      text        not null,
    primary key (bucket, id)
) with (
    fillfactor = 10,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.log is 'Ordered sequences of messages: the parts of topics, and streams. Owner: messages. Citus: distributed.';
comment on column rowhouse.log.bucket is 'The bucket that it and its messages live in.';
comment on column rowhouse.log.id is 'Its number: of a topic''s log the topic''s number * 4096 + i; of a stream a negative one made from its name.';
comment on column rowhouse.log.head is 'The position that the next message gets.';
comment on column rowhouse.log.tail is 'The first position that is kept.';
comment on column rowhouse.log.bytes is 'How much the kept messages take: bodies, keys and headers.';
comment on column rowhouse.log.bytes_max is 'Its share of the topic''s bytes_max.';
comment on column rowhouse.log.lag_max is 'The topic''s lag_max.';
comment on column rowhouse.log.closed_at is 'Since when nothing more can be appended; null while it is open.';
comment on column rowhouse.log.name is 'The topic''s name, a slash and i; or ''stream '' and the stream''s name.';

create table rowhouse.message (
    bucket     smallint    not null,
    log        bigint      not null,
    position   bigint      not null,
    sent_at    timestamptz not null default now(),
    expires_at timestamptz,
    id         uuid        not null,
    key        text,
    headers    text,
    body       text        not null,
    primary key (bucket, log, position)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 100000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.message is 'Messages of topics and streams: appended, never changed, deleted by retention. Owner: messages. Citus: distributed.';
comment on column rowhouse.message.bucket is 'The log''s bucket.';
comment on column rowhouse.message.log is 'The log.';
comment on column rowhouse.message.position is 'Place in the log, from 0.';
comment on column rowhouse.message.sent_at is 'When it was published, by the database''s clock.';
comment on column rowhouse.message.expires_at is 'From then on readers pass it over; null: never.';
comment on column rowhouse.message.id is 'Its id; a message of the same id is published once as long as it is kept.';
comment on column rowhouse.message.key is 'Messages of one key lie in one log, in the order in which they were published.';
comment on column rowhouse.message.headers is 'JSON object of texts, for those who carry the message.';
comment on column rowhouse.message.body is 'The content: JSON if a component sent it.';
create unique index message_id on rowhouse.message (bucket, id);
comment on index rowhouse.message_id is 'A message that is sent again is known by its id.';

create table rowhouse.topic_group (
    topic        text        not null,
    name         text        not null,
    deliveries   integer     not null default 5 check (deliveries between 1 and 1000),
    back_off_ms  integer     not null default 1000 check (back_off_ms between 0 and 86400000),
    created_at   timestamptz not null default now(),
    changed_by   text        not null default current_user,
    primary key (topic, name)
);
comment on table rowhouse.topic_group is 'Groups: readers of a topic who share its messages. Owner: messages. Citus: local.';
comment on column rowhouse.topic_group.topic is 'The topic.';
comment on column rowhouse.topic_group.name is 'The group''s name.';
comment on column rowhouse.topic_group.deliveries is 'How often a message is tried before it becomes a dead letter.';
comment on column rowhouse.topic_group.back_off_ms is 'Pause before the second try in milliseconds; doubled for each further one.';
comment on column rowhouse.topic_group.created_at is 'When it was made.';
comment on column rowhouse.topic_group.changed_by is 'Who made or changed it.';

create table rowhouse.topic_member (
    topic      text    not null,
    group_name text    not null,
    node       integer not null,
    primary key (topic, group_name, node)
);
comment on table rowhouse.topic_member is 'Nodes that read a topic for a group; they share its logs. Owner: messages. Citus: local.';
comment on column rowhouse.topic_member.topic is 'The topic.';
comment on column rowhouse.topic_member.group_name is 'The group.';
comment on column rowhouse.topic_member.node is 'The node''s life.';

create table rowhouse.cursor (
    bucket     smallint    not null,
    log        bigint      not null,
    group_name text        not null,
    position   bigint      not null default 0,
    epoch      integer     not null default 0,
    attempts   integer     not null default 0,
    node       integer,
    retry_at   timestamptz,
    moved_at   timestamptz not null default now(),
    error      text,
    primary key (bucket, log, group_name)
) with (
    fillfactor = 10,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.cursor is 'How far each group has come in each log. Owner: messages. Citus: distributed.';
comment on column rowhouse.cursor.bucket is 'The log''s bucket.';
comment on column rowhouse.cursor.log is 'The log.';
comment on column rowhouse.cursor.group_name is 'The group.';
comment on column rowhouse.cursor.position is 'The first message that the group has not acknowledged.';
comment on column rowhouse.cursor.epoch is 'Counts the owners. Fences off one whose ownership is over.';
comment on column rowhouse.cursor.attempts is 'How often the message at position was tried in vain.';
comment on column rowhouse.cursor.node is 'The node that reads the log for the group; null: none.';
comment on column rowhouse.cursor.retry_at is 'When the message at position is tried again; null: at once.';
comment on column rowhouse.cursor.moved_at is 'When it last moved.';
comment on column rowhouse.cursor.error is 'Why the last try of the message at position failed.';

create table rowhouse.dead_letter (
    bucket   smallint    not null,
    id       uuid        not null,
    source   text        not null,
    reader   text        not null,
    position bigint,
    attempts integer     not null,
    sent_at  timestamptz not null,
    died_at  timestamptz not null default now(),
    key      text,
    headers  text,
    body     text        not null,
    reason   text        not null,
    primary key (bucket, id, reader)
);
comment on table rowhouse.dead_letter is 'Messages that nobody could handle, each with the reason. Owner: messages. Citus: distributed.';
comment on column rowhouse.dead_letter.bucket is 'The bucket that the message lived in.';
comment on column rowhouse.dead_letter.id is 'The message''s id.';
comment on column rowhouse.dead_letter.source is 'The log''s or the mailbox''s name.';
comment on column rowhouse.dead_letter.reader is 'The group, or the mailbox again.';
comment on column rowhouse.dead_letter.position is 'Its place in the log; null: it came from a mailbox.';
comment on column rowhouse.dead_letter.attempts is 'How often it was tried.';
comment on column rowhouse.dead_letter.sent_at is 'When it was sent.';
comment on column rowhouse.dead_letter.died_at is 'When it was given up.';
comment on column rowhouse.dead_letter.key is 'Its key.';
comment on column rowhouse.dead_letter.headers is 'Its headers.';
comment on column rowhouse.dead_letter.body is 'Its content.';
comment on column rowhouse.dead_letter.reason is 'Why it was given up.';
create index dead_letter_latest on rowhouse.dead_letter (bucket, source, died_at);
comment on index rowhouse.dead_letter_latest is 'What became of a topic or mailbox, in order of time; and retention.';

insert into rowhouse.setting (name, value, unit, meaning) values
    ('retention_dead_letters', '30 days', 'interval', 'Dead letters are deleted after this time.'),
    ('retention_streams', '7 days', 'interval', 'Closed streams are deleted after this time.'),
    ('retention_mail', '1 day', 'interval', 'Mail that was received is remembered for this time, so that a repeated send is known.');
