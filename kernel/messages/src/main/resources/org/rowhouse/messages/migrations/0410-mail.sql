-- Mail: messages for one receiver, a mailbox by name or a workflow; what workflows send, on its way; and notices, the latest
-- value that a workflow lets others know.

create table rowhouse.mailbox (
    name        text        not null primary key,
    deliveries  integer     not null default 5 check (deliveries between 1 and 1000),
    back_off_ms integer     not null default 1000 check (back_off_ms between 0 and 86400000),
    mail_max    integer     not null default 100000 check (mail_max between 1 and 100000000),
    created_at  timestamptz not null default now(),
    changed_by  text        not null default current_user
);
comment on table rowhouse.mailbox is 'Mailboxes that have a name. Owner: messages. Citus: local.';
comment on column rowhouse.mailbox.name is 'The mailbox''s name.';
comment on column rowhouse.mailbox.deliveries is 'How often a mail is tried before it becomes a dead letter.';
comment on column rowhouse.mailbox.back_off_ms is 'Pause before the second try in milliseconds; doubled for each further one.';
comment on column rowhouse.mailbox.mail_max is 'Sending is refused while about so many wait.';
comment on column rowhouse.mailbox.created_at is 'When it was made.';
comment on column rowhouse.mailbox.changed_by is 'Who made or changed it.';

create table rowhouse.mail (
    bucket      smallint    not null,
    id          uuid        not null,
    priority    smallint    not null default 0,
    attempts    integer     not null default 0,
    node        integer,
    step        integer,
    turn        bigint      not null,
    sent_at     timestamptz not null default now(),
    due_at      timestamptz,
    expires_at  timestamptz,
    done_at     timestamptz,
    correlation uuid,
    state       text        not null check (state in ('delayed', 'ready', 'taken', 'done')),
    mailbox     text        not null,
    reply_to    text,
    headers     text,
    error       text,
    body        text        not null,
    primary key (bucket, id)
) with (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.mail is 'Messages for one receiver each. Owner: messages. Citus: distributed.';
comment on column rowhouse.mail.bucket is 'The mailbox''s bucket: that of its name, or the task''s.';
comment on column rowhouse.mail.id is 'Its id; mail of the same id is sent once.';
comment on column rowhouse.mail.priority is 'Higher is received first; -1000 to 1000.';
comment on column rowhouse.mail.attempts is 'How often it was handled in vain.';
comment on column rowhouse.mail.node is 'The life of the node that handles it or did.';
comment on column rowhouse.mail.step is 'The workflow''s step that received it: a replay of that step receives the same.';
comment on column rowhouse.mail.turn is 'What was sent first has the smaller one: microseconds since 1970 * 1024 and the place in its statement.';
comment on column rowhouse.mail.sent_at is 'When it was sent, by the database''s clock.';
comment on column rowhouse.mail.due_at is 'While delayed: when it may be received.';
comment on column rowhouse.mail.expires_at is 'Not received by then it becomes a dead letter; null: never.';
comment on column rowhouse.mail.done_at is 'When it had been received and handled.';
comment on column rowhouse.mail.correlation is 'The request that it answers.';
comment on column rowhouse.mail.state is 'delayed, ready, taken (being handled) or done.';
comment on column rowhouse.mail.mailbox is 'The mailbox''s name, or ''task '' and the task''s id, or ''reply '' and the request''s id.';
comment on column rowhouse.mail.reply_to is 'The mailbox that an answer goes to.';
comment on column rowhouse.mail.headers is 'JSON object of texts, for those who carry the mail.';
comment on column rowhouse.mail.error is 'Why it was last handled in vain.';
comment on column rowhouse.mail.body is 'The content: JSON if a component sent it.';
create index mail_ready on rowhouse.mail (bucket, mailbox, priority desc, turn) where state = 'ready';
comment on index rowhouse.mail_ready is 'Receivers read it from the front.';
create index mail_due on rowhouse.mail (bucket, due_at) where state = 'delayed';
comment on index rowhouse.mail_due is 'Delayed mail, the next due first.';
create index mail_expiring on rowhouse.mail (bucket, expires_at) where expires_at is not null and state in ('delayed', 'ready');
comment on index rowhouse.mail_expiring is 'What expires unless someone receives it.';
create index mail_taken on rowhouse.mail (bucket, node) where state = 'taken';
comment on index rowhouse.mail_taken is 'What a dead node was handling.';
create index mail_step on rowhouse.mail (bucket, mailbox, step) where step is not null;
comment on index rowhouse.mail_step is 'What a step of a workflow received.';
create index mail_done on rowhouse.mail (bucket, done_at) where state = 'done';
comment on index rowhouse.mail_done is 'Retention.';

create table rowhouse.outbox (
    bucket      smallint    not null,
    sender      uuid        not null,
    step        integer     not null,
    place       integer     not null,
    kind        text        not null check (kind in ('topic', 'stream', 'close', 'mailbox', 'task', 'reply')),
    target      text        not null,
    key         text,
    sent_at     timestamptz not null default clock_timestamp(),
    priority    smallint    not null default 0,
    delay_ms    bigint      not null default 0,
    ttl_ms      bigint,
    correlation uuid,
    reply_to    text,
    headers     text,
    body        text        not null,
    primary key (bucket, sender, step, place)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.outbox is 'What workflows have sent and is still on its way: committed with the step that sent it. Owner: messages. Citus: distributed.';
comment on column rowhouse.outbox.bucket is 'The sender''s bucket.';
comment on column rowhouse.outbox.sender is 'The workflow.';
comment on column rowhouse.outbox.step is 'Its step.';
comment on column rowhouse.outbox.place is 'Place among what the step sends, from 0.';
comment on column rowhouse.outbox.kind is 'Where it goes: topic, stream, mailbox, task or reply; close ends a stream.';
comment on column rowhouse.outbox.target is 'The topic''s, stream''s or mailbox''s name, or the task''s id.';
comment on column rowhouse.outbox.key is 'The message''s key.';
comment on column rowhouse.outbox.sent_at is 'When; what was sent first goes first.';
comment on column rowhouse.outbox.priority is 'As mail.priority.';
comment on column rowhouse.outbox.delay_ms is 'How long the mail is held back, in milliseconds.';
comment on column rowhouse.outbox.ttl_ms is 'Time to live in milliseconds; null: no end.';
comment on column rowhouse.outbox.correlation is 'As mail.correlation.';
comment on column rowhouse.outbox.reply_to is 'As mail.reply_to.';
comment on column rowhouse.outbox.headers is 'As mail.headers.';
comment on column rowhouse.outbox.body is 'The content.';
create index outbox_order on rowhouse.outbox (bucket, sent_at);
comment on index rowhouse.outbox_order is 'The order in which it is forwarded.';

create table rowhouse.notice (
    bucket    smallint    not null,
    task      uuid        not null,
    key       text        not null,
    step      integer     not null,
    posted_at timestamptz not null default now(),
    value     text        not null,
    primary key (bucket, task, key)
) with (fillfactor = 80);
comment on table rowhouse.notice is 'The latest value of each key that a workflow lets others know. Owner: messages. Citus: distributed.';
comment on column rowhouse.notice.bucket is 'The task''s bucket.';
comment on column rowhouse.notice.task is 'The workflow that posted it.';
comment on column rowhouse.notice.key is 'What it is about.';
comment on column rowhouse.notice.step is 'The step that posted it; a later one replaces it.';
comment on column rowhouse.notice.posted_at is 'When it was posted.';
comment on column rowhouse.notice.value is 'The value as JSON.';

create table rowhouse.notice_watcher (
    bucket  smallint not null,
    task    uuid     not null,
    watcher uuid     not null,
    primary key (bucket, task, watcher)
) with (fillfactor = 80);
comment on table rowhouse.notice_watcher is 'Workflows that wait for a notice of another one. Owner: messages. Citus: distributed.';
comment on column rowhouse.notice_watcher.bucket is 'The bucket of the task that is waited for.';
comment on column rowhouse.notice_watcher.task is 'The workflow whose notice is waited for.';
comment on column rowhouse.notice_watcher.watcher is 'The workflow that waits.';

create function rowhouse.set_mailbox(
    name        text,
    deliveries  integer default null,
    back_off_ms integer default null,
    mail_max    integer default null)
    returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    perform rowhouse.check_name('mailbox', set_mailbox.name);
    if coalesce(set_mailbox.deliveries, 1) not between 1 and 1000 or coalesce(set_mailbox.back_off_ms, 0) not between 0 and 86400000
        or coalesce(set_mailbox.mail_max, 1) not between 1 and 100000000 then
        perform rowhouse.refuse('RH001', format('Mailbox %s cannot be so.', set_mailbox.name),
            'It tries a mail 1 to 1000 times, with a first pause of at most a day, and holds 1 to 100000000.');
    end if;
    insert into rowhouse.mailbox as m (name, deliveries, back_off_ms, mail_max, changed_by)
    values (set_mailbox.name, coalesce(set_mailbox.deliveries, 5), coalesce(set_mailbox.back_off_ms, 1000),
        coalesce(set_mailbox.mail_max, 100000), rowhouse.who())
    on conflict (name) do update
    set deliveries = coalesce(set_mailbox.deliveries, m.deliveries), back_off_ms = coalesce(set_mailbox.back_off_ms, m.back_off_ms),
        mail_max = coalesce(set_mailbox.mail_max, m.mail_max), changed_by = excluded.changed_by;
    perform pg_notify('rowhouse', 'topics');
end $$;
comment on function rowhouse.set_mailbox(text, integer, integer, integer) is 'Declares a mailbox or changes it. Null leaves a setting as it is.';
