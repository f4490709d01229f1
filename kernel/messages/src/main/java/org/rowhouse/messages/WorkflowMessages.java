package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.NamedSql;

/**
 * What workflows send, receive and let each other know.
 *
 * <p>Invariant: after a message for a workflow was committed, {@link Desk#came} is told; after a
 * workflow was put aside, {@link #suspended}. Whatever comes second finds the other and wakes the
 * workflow. A crash between the two is mended by {@link #mend}.
 */
final class WorkflowMessages implements Messaging {
    private static final NamedSql POST = NamedSql.load(WorkflowMessages.class, "post_notice");
    private static final NamedSql WAITING =
            NamedSql.load(WorkflowMessages.class, "waiting_receivers");
    private static final NamedSql COUNTS = NamedSql.load(WorkflowMessages.class, "bucket_counts");

    private final Kernel kernel;
    private final Connections connections;
    private final Desk desk;
    private final Consumer<String> hear;
    private final TopicTable topics;
    private final Forwarder forwarder;
    private volatile Set<String> answering = Set.of();

    /**
     * @param hear told each word of the cluster's signals
     */
    WorkflowMessages(
            Kernel kernel,
            Connections connections,
            Desk desk,
            TopicTable topics,
            Forwarder forwarder,
            Consumer<String> hear) {
        this.kernel = kernel;
        this.connections = connections;
        this.desk = desk;
        this.topics = topics;
        this.forwarder = forwarder;
        this.hear = hear;
    }

    @Override
    public void put(Connection sql, TaskId sender, int step, int place, Parcel parcel)
            throws SQLException {
        check(parcel);
        OutboxTable.put(sql, sender.bucket(), sender.value(), step, place, List.of(parcel));
    }

    /** What can be known to be wrong is refused before it is on its way. */
    void check(Parcel parcel) {
        Publication.checkText("key", parcel.key(), MessageBounds.KEY_LENGTH_MAX);
        Publication.checkText("target", parcel.target(), MessageBounds.KEY_LENGTH_MAX);
        Publication.checkBody(parcel.body());
        switch (parcel.kind()) {
            case TOPIC -> topics.get(parcel.target());
            case MAILBOX -> topics.mailbox(parcel.target());
            case TASK -> TaskId.parse(parcel.target());
            default -> {}
        }
    }

    @Override
    public void post(Connection sql, TaskId task, int step, String key, String value)
            throws SQLException {
        Publication.checkText("key", key, MessageBounds.KEY_LENGTH_MAX);
        Publication.checkBody(value);
        POST.execute(
                sql,
                Map.of(
                        "bucket", task.bucket(),
                        "task", task.value(),
                        "step", step,
                        "key", key,
                        "value", value));
        desk.posting(task);
    }

    @Override
    public void committed(TaskId task) {
        if (desk.posted(task)) {
            desk.tellWatchers(task);
        }
        forwarder.signal(task.bucket());
    }

    @Override
    public Optional<Letter> take(TaskId task, int node, int step, @Nullable UUID correlation) {
        List<MailCalls.Taken> taken =
                kernel.call(
                        MailCalls.TAKE,
                        new MailCalls.Take(
                                task.bucket(),
                                task.value(),
                                node,
                                step,
                                Names.ofTask(task),
                                correlation));
        return taken.stream()
                .findFirst()
                .map(mail ->
                        new Letter(
                                mail.id(),
                                mail.correlation(),
                                mail.replyTo(),
                                Names.FAILED.equals(mail.headers()),
                                mail.body()));
    }

    @Override
    public Optional<String> notice(TaskId of, String key, @Nullable TaskId watcher) {
        return Optional.ofNullable(
                kernel.call(
                                MailCalls.LOOK,
                                new MailCalls.Look(
                                        of.bucket(),
                                        of.value(),
                                        key,
                                        watcher == null ? null : watcher.value()))
                        .value());
    }

    @Override
    public CompletableFuture<Void> arrival(TaskId task) {
        return desk.arrivals().await(Names.ofTask(task));
    }

    @Override
    public void leave(TaskId task, CompletableFuture<Void> arrival) {
        desk.arrivals().leave(Names.ofTask(task), arrival);
    }

    @Override
    public void suspended(TaskId task, @Nullable UUID correlation) {
        var _ =
                kernel.submit(
                                MailCalls.PEEK,
                                new MailCalls.Peek(task.bucket(), Names.ofTask(task), correlation))
                        .whenComplete((found, error) -> {
                            if (found == null || found.waiting()) {
                                desk.wake(task);
                            }
                        });
    }

    /** These functions, as component/function, may owe answers. */
    void answering(Set<String> functions) {
        answering = Set.copyOf(functions);
    }

    @Override
    public void ended(TaskId task, String component, String function) {
        Set<String> known = answering;
        if (!known.isEmpty() && known.contains(component + "/" + function)) {
            forwarder.answer(task);
        }
    }

    @Override
    public void onWake(Consumer<TaskId> wake) {
        desk.onWake(wake);
    }

    @Override
    public void arrivedAt(int node, TaskId task) {
        desk.arrivedAt(node, task);
    }

    @Override
    public void heard(String word) {
        hear.accept(word);
    }

    @Override
    public void born(int node) {
        desk.born(node);
    }

    private record Waiter(TaskId id, boolean forNotice) {}

    @Override
    public void mend(boolean lost) {
        try (Connection connection = connections.connect("rowhouse-mend")) {
            int buckets = COUNTS.rows(connection, Map.of(), row -> row.getInt("tasks")).getFirst();
            for (int bucket = 0; bucket < buckets; bucket++) {
                mend(connection, bucket, lost);
            }
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private void mend(Connection connection, int bucket, boolean lost) throws SQLException {
        UUID after = new UUID(0, 0);
        List<Waiter> page;
        do {
            page =
                    WAITING.rows(
                            connection,
                            Map.of(
                                    "bucket", bucket,
                                    "after", after,
                                    "most", MessageBounds.SWEEP_MAX),
                            row ->
                                    new Waiter(
                                            new TaskId((UUID) row.getObject("id")),
                                            row.getBoolean("for_notice")));
            for (Waiter waiter : page) {
                after = waiter.id.value();
                if (!waiter.forNotice) {
                    suspended(waiter.id, null);
                } else if (lost) {
                    desk.wake(waiter.id);
                }
            }
        } while (page.size() == MessageBounds.SWEEP_MAX);
    }
}
