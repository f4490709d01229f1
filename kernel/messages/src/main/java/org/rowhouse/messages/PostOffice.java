package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.NamedSql;

/**
 * Sends mail for programs outside of workflows, waits for answers and notices, and lets delayed
 * mail go when its time has come.
 *
 * <p>Tables: mail, dead_letter. Invariant: mail for a mailbox that holds too much is refused; the
 * count is taken after so many sends of this node that the bound cannot be passed by more than
 * these on each node. Thread: any; a virtual one keeps the times. Failure: calls throw; the times
 * are kept by all nodes.
 */
final class PostOffice implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PostOffice.class.getName());
    private static final NamedSql REDELIVER = NamedSql.load(PostOffice.class, "mailbox_redeliver");
    private static final NamedSql SET = NamedSql.load(PostOffice.class, "mailbox_set");
    private static final NamedSql SPEAK_FOR = NamedSql.load(PostOffice.class, "speak_for");
    private static final NamedSql COUNT = NamedSql.load(PostOffice.class, "count_mail");
    private static final NamedSql COUNTS = NamedSql.load(PostOffice.class, "bucket_counts");

    private final Kernel kernel;
    private final Connections connections;
    private final Desk desk;
    private final TopicTable topics;
    private final Map<String, AtomicInteger> sent = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean closing;
    private volatile long dueNs = System.nanoTime();

    PostOffice(Kernel kernel, Connections connections, Desk desk, TopicTable topics) {
        this.kernel = kernel;
        this.connections = connections;
        this.desk = desk;
        this.topics = topics;
        this.thread = Thread.ofVirtual().name("rowhouse-post-office").unstarted(this::serve);
    }

    void start() {
        thread.start();
    }

    void setMailbox(
            String user,
            String name,
            @Nullable Integer deliveries,
            @Nullable Duration backOff,
            @Nullable Integer mailMax) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("deliveries", deliveries);
        values.put("back_off_ms", backOff == null ? null : backOff.toMillis());
        values.put("mail_max", mailMax);
        try (Connection connection = connections.connect("rowhouse-operations")) {
            var _ = SPEAK_FOR.rows(connection, Map.of("user", user), _ -> true);
            SET.execute(connection, values);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
        topics.reload();
    }

    /** As {@link Messages#redeliverMail}. */
    RedeliveredMail redeliver(String user, String name, @Nullable UUID letter) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("letter", letter);
        try (Connection connection = connections.connect("rowhouse-operations")) {
            var _ = SPEAK_FOR.rows(connection, Map.of("user", user), _ -> true);
            return REDELIVER
                    .rows(
                            connection,
                            values,
                            row ->
                                    new RedeliveredMail(
                                            row.getLong("redelivered"), row.getLong("left_over")))
                    .getFirst();
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /** Sends without waiting for the commit; gives the mail's id. */
    CompletableFuture<TaskId> send(Postage postage, @Nullable String replyTo) {
        TaskId task = postage.task();
        String mailbox = postage.mailbox() == null ? "" : postage.mailbox();
        int bucket;
        if (task == null) {
            TopicTable.Mailbox known = topics.mailbox(mailbox);
            checkRoom(known);
            bucket = known.bucket();
        } else {
            mailbox = Names.ofTask(task);
            bucket = task.bucket();
        }
        TaskId id =
                postage.id() == null
                        ? TaskId.create(bucket, System.currentTimeMillis())
                        : TaskId.derived(bucket, 0, mailbox + " " + postage.id(), 0, 0);
        return submit(bucket, id, mailbox, postage, replyTo);
    }

    /** An answer, which is sent once however often it is tried. */
    CompletableFuture<TaskId> answer(Mail request, String body) {
        String mailbox = request.replyTo() == null ? "" : request.replyTo();
        int bucket = Names.bucketOfMailbox(mailbox, topics.keyBuckets());
        TaskId id = answerId(bucket, request.id());
        var postage =
                new Postage(
                        mailbox, null, body, SendOptions.USUAL, null, request.correlation(), null);
        return submit(bucket, id, mailbox, postage, null);
    }

    static TaskId answerId(int bucket, UUID request) {
        return TaskId.derived(bucket, 0, "answer to " + request, 0, 0);
    }

    private CompletableFuture<TaskId> submit(
            int bucket, TaskId id, String mailbox, Postage postage, @Nullable String replyTo) {
        Duration delay = postage.options().delay();
        Duration timeToLive = postage.options().timeToLive();
        TaskId task = mailbox.startsWith("task ") ? TaskId.parse(mailbox.substring(5)) : null;
        long delayMs = delay == null ? 0 : delay.toMillis();
        var request =
                new MailCalls.Send(
                        bucket,
                        id.value(),
                        task == null ? null : task.value(),
                        mailbox,
                        postage.options().priority(),
                        delayMs,
                        timeToLive == null ? null : timeToLive.toMillis(),
                        replyTo == null ? postage.correlation() : id.value(),
                        replyTo,
                        postage.headers(),
                        postage.body());
        return kernel.submit(MailCalls.SEND, request)
                .thenApply(done -> {
                    if (!done.there()) {
                        throw new RowhouseException(
                                ErrorCode.NOT_FOUND,
                                "The task " + task + " has ended, or was never there.");
                    }
                    if (delayMs > 0) {
                        dueIn(delayMs);
                    } else {
                        desk.came(mailbox);
                    }
                    if (timeToLive != null) {
                        dueIn(timeToLive.toMillis());
                    }
                    return id;
                });
    }

    private void checkRoom(TopicTable.Mailbox mailbox) {
        AtomicInteger since = sent.computeIfAbsent(mailbox.name(), _ -> new AtomicInteger());
        int step = Math.max(1, mailbox.mailMax() / MessageBounds.COUNTS_PER_MAILBOX);
        if (since.getAndIncrement() % step != 0) {
            return;
        }
        try (Connection connection = connections.connect("rowhouse-operations")) {
            int waiting =
                    COUNT.rows(
                                    connection,
                                    Map.of(
                                            "bucket", mailbox.bucket(),
                                            "mailbox", mailbox.name(),
                                            "most", mailbox.mailMax()),
                                    row -> row.getInt("waiting"))
                            .getFirst();
            if (waiting >= mailbox.mailMax()) {
                since.set(0); // the next one counts again
                throw new RowhouseException(
                        ErrorCode.OVERLOADED,
                        "The mailbox "
                                + mailbox.name()
                                + " is full: "
                                + waiting
                                + " mails wait, and mail_max is "
                                + mailbox.mailMax()
                                + ". Try again later.");
            }
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /**
     * Sends a request and waits for the answer.
     *
     * @return empty if none came in time
     * @throws RowhouseException FUNCTION_FAILED if the task that was to answer has failed
     */
    Optional<String> ask(Postage request, Duration atMost) {
        int bucket = kernel.bucketForNew(topics.keyBuckets());
        TaskId answer = TaskId.create(bucket, System.currentTimeMillis());
        String mailbox = Names.ofReply(answer);
        TaskId _ = Kernel.join(send(request, mailbox));
        return await(
                mailbox,
                atMost,
                () ->
                        kernel
                                .call(
                                        MailCalls.TAKE,
                                        new MailCalls.Take(
                                                bucket,
                                                answer.value(),
                                                desk.node(),
                                                0,
                                                mailbox,
                                                null))
                                .stream()
                                .findFirst()
                                .map(PostOffice::answered));
    }

    private static String answered(MailCalls.Taken mail) {
        if (Names.FAILED.equals(mail.headers())) {
            throw new RowhouseException(ErrorCode.FUNCTION_FAILED, mail.body());
        }
        return mail.body();
    }

    /** The latest value of a key that a workflow has posted; waits for the first. */
    Optional<String> notice(TaskId task, String key, Duration atMost) {
        return await(
                Desk.notices(task),
                atMost,
                () ->
                        Optional.ofNullable(
                                kernel.call(
                                                MailCalls.LOOK,
                                                new MailCalls.Look(
                                                        task.bucket(), task.value(), key, null))
                                        .value()));
    }

    /** Looks, and again whenever something came, until there is something or the time is over. */
    Optional<String> await(String mailbox, Duration atMost, Supplier<Optional<String>> look) {
        long untilNs = System.nanoTime() + atMost.toNanos();
        while (true) {
            CompletableFuture<Void> arrival = desk.arrivals().await(mailbox);
            Optional<String> found = look.get();
            long leftNs = untilNs - System.nanoTime();
            if (found.isPresent() || leftNs <= 0) {
                return found;
            }
            try {
                // A signal may be lost with a connection.
                long lookNs = MessageBounds.LOOK_AROUND.toNanos();
                var _ = arrival.get(Math.min(leftNs, lookNs), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                LOG.log(System.Logger.Level.TRACE, "nothing came into {0}", mailbox);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
    }

    /** Mail has a time that this node need not be told of. */
    void dueIn(long ms) {
        long atNs = System.nanoTime() + ms * 1_000_000;
        if (atNs - dueNs < 0) {
            dueNs = atNs;
            LockSupport.unpark(thread);
        }
    }

    private void serve() {
        while (!closing) {
            long nextNs = MessageBounds.LOOK_AROUND.toNanos();
            dueNs = System.nanoTime() + nextNs;
            try {
                long soonMs = release();
                if (soonMs * 1_000_000 < nextNs) {
                    dueIn(soonMs);
                }
            } catch (RuntimeException | SQLException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "delayed mail goes out later: {0}",
                        e.toString());
            }
            long leftNs = dueNs - System.nanoTime();
            while (!closing && leftNs > 0) {
                LockSupport.parkNanos(this, leftNs);
                leftNs = dueNs - System.nanoTime();
            }
        }
    }

    /** Lets go what is due in every bucket; gives the time until the next, in milliseconds. */
    private long release() throws SQLException {
        int buckets;
        try (Connection connection = connections.connect("rowhouse-operations")) {
            buckets = COUNTS.rows(connection, Map.of(), row -> row.getInt("tasks")).getFirst();
        }
        long nextMs = MessageBounds.LOOK_AROUND.toMillis();
        for (int bucket = 0; bucket < buckets; bucket++) {
            MailCalls.Released released;
            do {
                released =
                        kernel.call(
                                MailCalls.MAIL_DUE,
                                new MailCalls.Due(bucket, MessageBounds.DUE_MAX));
                String mailboxes = released.mailboxes();
                if (mailboxes != null) {
                    List.of(mailboxes.split("\n")).forEach(desk::came);
                }
            } while (released.changed() >= MessageBounds.DUE_MAX);
            Long next = released.nextMs();
            nextMs = next == null ? nextMs : Math.min(nextMs, Math.max(next, 1));
        }
        return nextMs;
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
