-- Mail that asks for an answer may start a task: the answer is what the task comes to.

create table rowhouse.owed_answer (
    bucket      smallint    not null,
    task        uuid        not null,
    correlation uuid,
    noted_at    timestamptz not null default now(),
    look_at     timestamptz not null,
    reply_to    text        not null,
    primary key (bucket, task)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.owed_answer is 'Tasks that answer, when they have ended, the mail that started them. Owner: messages. Citus: distributed.';
comment on column rowhouse.owed_answer.bucket is 'The task''s bucket.';
comment on column rowhouse.owed_answer.task is 'The task.';
comment on column rowhouse.owed_answer.correlation is 'As mail.correlation, of the request.';
comment on column rowhouse.owed_answer.noted_at is 'When the task had been started.';
comment on column rowhouse.owed_answer.look_at is
    'When somebody looks whether the task has ended, if the node on which it ends does not: after as long as it has lasted, 5 minutes at most.';
comment on column rowhouse.owed_answer.reply_to is 'The mailbox that the answer goes to.';
create index owed_answer_look on rowhouse.owed_answer (bucket, look_at);
comment on index rowhouse.owed_answer_look is 'What is to be looked at, in order.';
create index owed_answer_due on rowhouse.owed_answer (look_at);
comment on index rowhouse.owed_answer_due is 'The buckets in which something is to be looked at.';

comment on column rowhouse.outbox.sender is 'The workflow; or the mail or batch whose handler sent it, or the task that answers.';
comment on column rowhouse.outbox.step is 'The workflow''s step; -1: the answer of a task.';
comment on table rowhouse.outbox is
    'What workflows and consumers have sent and is still on its way: committed with the step or the acknowledgement. Owner: messages. Citus: distributed.';
