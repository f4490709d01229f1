-- The process table and what belongs to it: tasks, their steps, events and log lines; queues; schedules; nodes; settings.
-- Every high-volume table leads its key with the bucket; small tables (queue, schedule, node, setting, history, calls) have none.
-- Storage settings of the hot tables are part of the schema: small fill factor where rows are updated, vacuum early and at full speed.

create type rowhouse.task_state as enum (
    'ready', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'parked');
comment on type rowhouse.task_state is 'The life of a task. Legal transitions: org.rowhouse.api.TaskState.';

create table rowhouse.task (
    bucket           smallint            not null,
    id               uuid                not null,
    state            rowhouse.task_state not null,
    priority         smallint            not null default 0,
    crashes          smallint            not null default 0,
    attempt          integer             not null default 0,
    event_count      integer             not null default 1,
    node             integer,
    placed           integer             not null default 0,
    need             integer,
    parent_step      integer,
    parent_position  integer,
    waiting_step     integer,
    waiting_position integer,
    cancel_requested boolean             not null default false,
    created_at       timestamptz         not null default now(),
    claimed_at       timestamptz,
    ended_at         timestamptz,
    wake_at          timestamptz,
    deadline         timestamptz,
    devices          bigint              not null default 0,
    root             uuid                not null,
    parent           uuid,
    forked_from      uuid,
    component        text                not null,
    version          text                not null,
    function         text                not null,
    queue            text                not null,
    partition        text,
    deduplication    text,
    started_by       text                not null default current_user,
    input            jsonb               not null,
    output           jsonb,
    error            jsonb,
    primary key (bucket, id)
) with (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);

comment on table rowhouse.task is 'The process table: one row is one invocation of a function. Owner: tasks. Citus: distributed.';
comment on column rowhouse.task.bucket is 'Part of the database the row lives in: the low 12 bits of the third group of id.';
comment on column rowhouse.task.id is 'UUIDv7 (RFC 9562): sorts by creation and carries the bucket.';
comment on column rowhouse.task.state is 'Where the task is in its life.';
comment on column rowhouse.task.priority is 'Higher goes first within a queue; -1000 to 1000.';
comment on column rowhouse.task.crashes is 'How often a node died while running it since it last started afresh. At the limit it is parked.';
comment on column rowhouse.task.attempt is 'How often it was claimed. Fences off a node whose claim is no longer the newest.';
comment on column rowhouse.task.event_count is 'Number of its events so far; the next event has this number.';
comment on column rowhouse.task.node is 'The node that runs it or ran it last; null before the first claim.';
comment on column rowhouse.task.placed is
    'Who may claim it when it is ready: 0 any node; -1 none yet, it waits for the scheduler; else the node it is placed on.';
comment on column rowhouse.task.need is 'What it needs of a node: a row of need; null for nothing in particular.';
comment on column rowhouse.task.devices is 'While placed or running: the devices it holds of its node, bit by bit.';
comment on column rowhouse.task.parent_step is 'The parent''s step that started it.';
comment on column rowhouse.task.parent_position is 'Its place among the children of that step, from 0.';
comment on column rowhouse.task.waiting_step is 'While waiting: the step that waits; null for a delayed start or a retry.';
comment on column rowhouse.task.waiting_position is 'While waiting for one child of that step: its position; null for all of them.';
comment on column rowhouse.task.cancel_requested is 'Someone asked a running task to end; it obeys at its next step. Of an ended task: what it started has yet to be cancelled.';
comment on column rowhouse.task.created_at is 'When it was recorded.';
comment on column rowhouse.task.claimed_at is 'When it was last claimed.';
comment on column rowhouse.task.ended_at is 'When it reached succeeded, failed, cancelled or parked.';
comment on column rowhouse.task.wake_at is 'While waiting: when it becomes ready; null when it waits for children.';
comment on column rowhouse.task.deadline is 'When it must have ended; inherited by children. Null for never.';
comment on column rowhouse.task.root is 'The first ancestor; its own id for a task without parent.';
comment on column rowhouse.task.parent is 'The workflow that started it; null if none did.';
comment on column rowhouse.task.forked_from is 'The task it was forked from, whose first steps it took over.';
comment on column rowhouse.task.component is 'Component that the function belongs to.';
comment on column rowhouse.task.version is 'Version of the component it began with and finishes on, unless it is moved on purpose.';
comment on column rowhouse.task.function is 'Name of the function within the component.';
comment on column rowhouse.task.queue is 'Queue it waits in. The queue direct has no limits.';
comment on column rowhouse.task.partition is 'Tenant or group that a fair queue takes turns between.';
comment on column rowhouse.task.deduplication is 'Key that is unique among the unended tasks of the queue.';
comment on column rowhouse.task.started_by is 'Who asked for it: a user, a schedule, or the database role.';
comment on column rowhouse.task.input is 'The parameter record as JSON; null the JSON word if there is none.';
comment on column rowhouse.task.output is 'The result as JSON, once it has succeeded.';
comment on column rowhouse.task.error is 'code, message, type and stack of what ended or last disturbed it.';

create index task_ready on rowhouse.task (bucket, queue, placed, priority desc, id) where state = 'ready';
comment on index rowhouse.task_ready is 'Claims read it from the front, what any node may claim and what is placed on the node.';
create index task_unplaced on rowhouse.task (bucket, need, priority desc, id) where state = 'ready' and placed < 0;
comment on index rowhouse.task_unplaced is 'What waits for the scheduler, for each need from the front.';
create index task_placed on rowhouse.task (bucket, id) where state = 'ready' and placed > 0;
comment on index rowhouse.task_placed is 'What is placed on a node that has not claimed it yet.';
create index task_ready_fair on rowhouse.task (bucket, queue, partition, priority desc, id)
    where state = 'ready' and partition is not null;
comment on index rowhouse.task_ready_fair is 'Claims of fair queues skip through it from partition to partition.';
create index task_running on rowhouse.task (bucket, queue, node) where state = 'running';
comment on index rowhouse.task_running is 'Counts for concurrency limits, and what a dead node was running.';
create index task_waiting on rowhouse.task (bucket, wake_at) where state = 'waiting';
comment on index rowhouse.task_waiting is 'The timers, next one first; without time: waits for children.';
create index task_deadline on rowhouse.task (bucket, deadline)
    where deadline is not null and state in ('ready', 'running', 'waiting');
comment on index rowhouse.task_deadline is 'Deadlines of unended tasks, next one first.';
create index task_parent on rowhouse.task (bucket, parent, parent_step) where parent is not null;
comment on index rowhouse.task_parent is 'The children of a task.';
create index task_failed on rowhouse.task (bucket, id) where state in ('failed', 'parked', 'cancelled');
comment on index rowhouse.task_failed is 'What went wrong, newest last.';
create index task_cancel_requested on rowhouse.task (bucket, id) where cancel_requested;
comment on index rowhouse.task_cancel_requested is 'Wishes to cancel that are not fulfilled yet.';
create unique index task_deduplication on rowhouse.task (bucket, queue, deduplication)
    where deduplication is not null and state in ('ready', 'running', 'waiting');
comment on index rowhouse.task_deduplication is 'One unended task for a key in a queue.';

create table rowhouse.task_event (
    bucket  smallint            not null,
    task    uuid                not null,
    number  integer             not null,
    attempt integer             not null,
    node    integer,
    state   rowhouse.task_state not null,
    at      timestamptz         not null default now(),
    cause   text                not null,
    detail  jsonb,
    primary key (bucket, task, number)
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.task_event is 'One row for each transition of a task, never changed. Owner: tasks. Citus: distributed.';
comment on column rowhouse.task_event.bucket is 'The task''s bucket.';
comment on column rowhouse.task_event.task is 'The task.';
comment on column rowhouse.task_event.number is 'Position among the task''s events, from 0.';
comment on column rowhouse.task_event.attempt is 'The task''s attempt at that moment.';
comment on column rowhouse.task_event.node is 'The node that did it or that claimed the task; null when SQL did it.';
comment on column rowhouse.task_event.state is 'The state that was reached.';
comment on column rowhouse.task_event.at is 'When, by the database''s clock.';
comment on column rowhouse.task_event.cause is
    'What happened: start, claim, finish, suspend, wake, retry, release, takeover, park, cancel, deadline, resume, fork, change.';
comment on column rowhouse.task_event.detail is 'More about it, such as who asked or which queue it left.';

create table rowhouse.step (
    bucket      smallint    not null,
    task        uuid        not null,
    number      integer     not null,
    attempts    integer     not null default 1,
    done        boolean     not null,
    ended_at    timestamptz not null default now(),
    duration_us bigint      not null,
    wake_at     timestamptz,
    kind        text        not null,
    name        text        not null,
    output      jsonb,
    error       jsonb,
    primary key (bucket, task, number)
) with (
    fillfactor = 95,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.step is 'The recorded steps of workflows: what a replay finds instead of running them again. Owner: tasks. Citus: distributed.';
comment on column rowhouse.step.bucket is 'The task''s bucket.';
comment on column rowhouse.step.task is 'The workflow.';
comment on column rowhouse.step.number is 'Place within the workflow, from 0.';
comment on column rowhouse.step.attempts is 'How often the body was tried.';
comment on column rowhouse.step.done is 'True when it has its result or its final error; false between two tries and while it waits.';
comment on column rowhouse.step.ended_at is 'When the last try ended.';
comment on column rowhouse.step.duration_us is 'How long the last try took, in microseconds, by the node''s monotonic clock.';
comment on column rowhouse.step.wake_at is 'Sleep: when it ends. A failed try: when the next one begins.';
comment on column rowhouse.step.kind is 'plain, transaction, children, sleep or await.';
comment on column rowhouse.step.name is 'The step''s name; a replay with another name at this place is refused.';
comment on column rowhouse.step.output is 'The result as JSON. children: function, queue, bucket and count.';
comment on column rowhouse.step.error is 'code, message, type and stack of the last try that failed.';

create table rowhouse.task_log (
    bucket  smallint    not null,
    task    uuid        not null,
    attempt integer     not null,
    number  integer     not null,
    at      timestamptz not null default now(),
    line    text        not null,
    primary key (bucket, task, attempt, number)
);
comment on table rowhouse.task_log is 'Lines that tasks wrote with Task.log. Owner: tasks. Citus: distributed.';
comment on column rowhouse.task_log.bucket is 'The task''s bucket.';
comment on column rowhouse.task_log.task is 'The task.';
comment on column rowhouse.task_log.attempt is 'The attempt that wrote it.';
comment on column rowhouse.task_log.number is 'Position within the attempt, from 0.';
comment on column rowhouse.task_log.at is 'When it was stored.';
comment on column rowhouse.task_log.line is 'The text, at most 8,192 characters.';

-- The hot statements do not depend on statistics, and listings on few: a small sample makes each analyze ten times as quick.
do $$
declare
    hot record;
begin
    for hot in
        select attrelid::regclass as relation, attname as name
        from pg_attribute
        where attrelid in ('rowhouse.task'::regclass, 'rowhouse.task_event'::regclass, 'rowhouse.step'::regclass, 'rowhouse.task_log'::regclass)
            and attnum > 0
    loop
        execute format('alter table %s alter column %I set statistics 10', hot.relation, hot.name);
    end loop;
end $$;

create table rowhouse.queue (
    name                 text        not null primary key,
    bucket               smallint,
    paused               boolean     not null default false,
    fair                 boolean     not null default false,
    concurrency          integer     check (concurrency between 1 and 100000),
    concurrency_per_node integer     check (concurrency_per_node between 1 and 100000),
    rate_count           integer     check (rate_count between 1 and 1000000),
    rate_period          interval    check (rate_period between interval '1 millisecond' and interval '366 days'),
    tokens               double precision,
    tokens_at            timestamptz,
    changed_at           timestamptz not null default now(),
    changed_by           text        not null default current_user,
    check ((rate_count is null) = (rate_period is null)),
    check (bucket is not null
           or (concurrency is null and concurrency_per_node is null and rate_count is null and not fair))
) with (fillfactor = 50);
comment on table rowhouse.queue is 'Where tasks wait and under which limits. Changes count at once. Owner: tasks. Citus: local.';
comment on column rowhouse.queue.name is 'The queue''s name.';
comment on column rowhouse.queue.bucket is 'All its tasks live in this bucket, so that limits are exact; null: spread over all, without limits.';
comment on column rowhouse.queue.paused is 'True: nothing is claimed from it.';
comment on column rowhouse.queue.fair is 'True: takes turns between partitions.';
comment on column rowhouse.queue.concurrency is 'How many of its tasks may run at once in the cluster; null: no limit.';
comment on column rowhouse.queue.concurrency_per_node is 'How many of its tasks may run at once on one node; null: no limit.';
comment on column rowhouse.queue.rate_count is 'Token bucket: so many claims for each period, and as many saved up at most.';
comment on column rowhouse.queue.rate_period is 'Token bucket: the period.';
comment on column rowhouse.queue.tokens is 'Token bucket: claims left at tokens_at; null: full.';
comment on column rowhouse.queue.tokens_at is 'Token bucket: when tokens was computed.';
comment on column rowhouse.queue.changed_at is 'When its settings were last changed.';
comment on column rowhouse.queue.changed_by is 'Who changed them.';

create table rowhouse.schedule (
    name       text        not null primary key,
    cron       text        not null,
    zone       text        not null,
    component  text        not null,
    function   text        not null,
    queue      text        not null,
    input      jsonb       not null,
    paused     boolean     not null default false,
    catch_up   boolean     not null default false,
    next_at    timestamptz,
    fired_at   timestamptz,
    changed_at timestamptz not null default now(),
    changed_by text        not null default current_user
);
comment on table rowhouse.schedule is 'Tasks that start by the calendar. Owner: tasks. Citus: local.';
comment on column rowhouse.schedule.name is 'The schedule''s name.';
comment on column rowhouse.schedule.cron is 'Five fields as in Unix cron, or six with seconds first.';
comment on column rowhouse.schedule.zone is 'IANA time zone that the cron fields are read in.';
comment on column rowhouse.schedule.component is 'Component of the function to start.';
comment on column rowhouse.schedule.function is 'Function to start; it gets the input below.';
comment on column rowhouse.schedule.queue is 'Queue that the tasks go to.';
comment on column rowhouse.schedule.input is 'Input of each task.';
comment on column rowhouse.schedule.paused is 'True: does not fire; times missed meanwhile are dropped.';
comment on column rowhouse.schedule.catch_up is 'True: times missed while no node was up fire later, each; false: only the last of them.';
comment on column rowhouse.schedule.next_at is 'When it fires next; null: never again.';
comment on column rowhouse.schedule.fired_at is 'The time it last fired for.';
comment on column rowhouse.schedule.changed_at is 'When it was last changed.';
comment on column rowhouse.schedule.changed_by is 'Who changed it.';

create table rowhouse.node (
    number      integer     not null generated by default as identity primary key,
    name        text        not null,
    version     text        not null,
    address     text,
    pid         bigint      not null,
    started_at  timestamptz not null default now(),
    lease_until timestamptz not null,
    ended_at    timestamptz,
    ended_by    text
);
comment on table rowhouse.node is 'One row for each time a node was up. Owner: tasks. Citus: local.';
comment on column rowhouse.node.number is 'Number of this life of the node; task.node points here.';
comment on column rowhouse.node.name is 'The node''s name, the same in each life.';
comment on column rowhouse.node.version is 'Version of Rowhouse it runs.';
comment on column rowhouse.node.address is 'Where its API answers; null while it has none.';
comment on column rowhouse.node.pid is 'Its process id on its machine.';
comment on column rowhouse.node.started_at is 'When it came up.';
comment on column rowhouse.node.lease_until is 'It is held to be alive until then, unless it renews.';
comment on column rowhouse.node.ended_at is 'When it went down or was found dead.';
comment on column rowhouse.node.ended_by is 'How: close, or lease (found dead), or restart (came up again).';

create table rowhouse.setting (
    name       text        not null primary key,
    value      text        not null,
    unit       text        not null,
    meaning    text        not null,
    changed_at timestamptz not null default now(),
    changed_by text        not null default current_user
);
comment on table rowhouse.setting is 'Settings of the cluster. Owner: tasks. Citus: local.';
comment on column rowhouse.setting.name is 'The setting''s name.';
comment on column rowhouse.setting.value is 'Its value.';
comment on column rowhouse.setting.unit is 'The value''s unit or type.';
comment on column rowhouse.setting.meaning is 'What it does.';
comment on column rowhouse.setting.changed_at is 'When it was last changed.';
comment on column rowhouse.setting.changed_by is 'Who changed it.';

insert into rowhouse.setting (name, value, unit, meaning) values
    ('buckets', '2', 'count', 'Parts of the database that new tasks are spread over. Can only grow.'),
    ('key_buckets', '2', 'count', 'Buckets that names and keys are hashed over. Fixed when the cluster is made.'),
    ('crashes_max', '3', 'count', 'A task is parked when its node died so often while running it.'),
    ('retention', '7 days', 'interval', 'Ended tasks are deleted after this time.'),
    ('retention_failed', '30 days', 'interval', 'Failed, cancelled and parked tasks are deleted after this time.'),
    ('retention_calls', '7 days', 'interval', 'Statistics of system calls and finished nodes are deleted after this time.');

create table rowhouse.history (
    relation   text        not null,
    key        text        not null,
    valid_from timestamptz not null,
    valid_to   timestamptz not null,
    content    jsonb       not null,
    primary key (relation, key, valid_to)
);
comment on table rowhouse.history is 'Past versions of the rows of slow-changing tables: queue, schedule, setting. Owner: tasks. Citus: local.';
comment on column rowhouse.history.relation is 'The table.';
comment on column rowhouse.history.key is 'The row''s key.';
comment on column rowhouse.history.valid_from is 'From when this version held.';
comment on column rowhouse.history.valid_to is 'Until when.';
comment on column rowhouse.history.content is 'The row as it was.';

create table rowhouse.calls (
    node        integer     not null,
    call        text        not null,
    since       timestamptz not null,
    until       timestamptz not null,
    requests    bigint      not null,
    batches     bigint      not null,
    failures    bigint      not null,
    batch_sizes bigint[]    not null,
    p50_us      bigint      not null,
    p99_us      bigint      not null,
    max_us      bigint      not null,
    primary key (node, call, since)
);
comment on table rowhouse.calls is 'Statistics of the system calls of each node, one row for each call and interval. Owner: tasks. Citus: local.';
comment on column rowhouse.calls.node is 'The node that made the calls.';
comment on column rowhouse.calls.call is 'The system call.';
comment on column rowhouse.calls.since is 'Begin of the interval.';
comment on column rowhouse.calls.until is 'End of the interval.';
comment on column rowhouse.calls.requests is 'Requests served.';
comment on column rowhouse.calls.batches is 'Statements that served them.';
comment on column rowhouse.calls.failures is 'Requests that ended with an error.';
comment on column rowhouse.calls.batch_sizes is 'Histogram: element k counts batches of 2^(k-1) to 2^k - 1 requests.';
comment on column rowhouse.calls.p50_us is 'Median time from request to durable answer, in microseconds.';
comment on column rowhouse.calls.p99_us is 'The same, 99th percentile.';
comment on column rowhouse.calls.max_us is 'The same, longest.';

insert into rowhouse.queue (name, bucket) values ('direct', null);

create function rowhouse.bucket_of(id uuid) returns smallint
    language plpgsql immutable parallel safe as $$
begin
    return ((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7))::smallint;
end $$;
comment on function rowhouse.bucket_of(uuid) is 'The bucket that the rows of this task live in.';

create function rowhouse.keep_history() returns trigger
    language plpgsql as $$
declare
    before jsonb := to_jsonb(old) - array['tokens', 'tokens_at', 'next_at', 'fired_at', 'changed_at', 'changed_by'];
begin
    if tg_op = 'UPDATE' then
        if before = to_jsonb(new) - array['tokens', 'tokens_at', 'next_at', 'fired_at', 'changed_at', 'changed_by'] then
            return new;
        end if;
        new.changed_at := clock_timestamp();
    end if;
    insert into rowhouse.history (relation, key, valid_from, valid_to, content)
    values (tg_table_name, old.name, old.changed_at, clock_timestamp(), to_jsonb(old));
    return coalesce(new, old);
end $$;
comment on function rowhouse.keep_history() is 'Trigger: keeps the past version of a slow-changing row.';
create trigger keep_history before update or delete on rowhouse.queue
    for each row execute function rowhouse.keep_history();
create trigger keep_history before update or delete on rowhouse.schedule
    for each row execute function rowhouse.keep_history();
create trigger keep_history before update or delete on rowhouse.setting
    for each row execute function rowhouse.keep_history();
