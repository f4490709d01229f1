package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.NamedSql;

/**
 * Reads one log for one group, as long as this node is the one to do so.
 *
 * <p>Tables: cursor (moves its own), message (reads), dead_letter. Invariant: whatever a handler
 * did in a transaction commits only while the cursor has this reader's epoch and stands where it
 * stood. Thread: a virtual one of its own, parked while there is nothing to read; {@link #arrived}
 * may come from any. Failure: when the database stays away or another node has taken the log over,
 * it begins again by asking for the log.
 */
final class Reader implements Runnable {
    private static final System.Logger LOG = System.getLogger(Reader.class.getName());
    private static final NamedSql MOVE = NamedSql.load(Reader.class, "move_cursor");

    /** Why a message is given up that seems to end its nodes. */
    static final String NODES_DIED = "The node died each time that it was handled.";

    private final Kernel kernel;
    private final ConnectionPool transactions;
    private final Subscription subscription;
    private final Topic topic;
    private final int index;
    private final Topic.Log log;
    private final int node;
    private final Redelivery redelivery;
    private final Thread thread;

    private volatile boolean stopping;
    private volatile boolean arrived;

    /** Dead letters may be asked for: at first nobody knows. */
    private volatile boolean askedFor = true;

    // The thread's own.
    private int epoch;
    private long position;
    private int attempts;

    Reader(
            Kernel kernel,
            ConnectionPool transactions,
            Subscription subscription,
            Topic topic,
            int index,
            int node) {
        this.kernel = kernel;
        this.transactions = transactions;
        this.subscription = subscription;
        this.topic = topic;
        this.index = index;
        this.log = topic.log(index);
        this.node = node;
        this.redelivery = new Redelivery(transactions, subscription, topic, index, () -> stopping);
        this.thread =
                Thread.ofVirtual()
                        .name("rowhouse-reader-" + topic.name() + "-" + index)
                        .unstarted(this);
    }

    /** Another reader has the log by now, or the group was told to go on elsewhere. */
    private static final class FencedException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    void start() {
        thread.start();
    }

    /** The life of the node that it reads for. */
    int node() {
        return node;
    }

    /** Something may have come. Never blocks. */
    void arrived() {
        arrived = true;
        LockSupport.unpark(thread);
    }

    /** Someone asked to hand on dead letters once more. Never blocks. */
    void redeliver() {
        askedFor = true;
    }

    /** Lets it end after what it is handling, and give the log back. */
    void stop() {
        stopping = true;
        LockSupport.unpark(thread);
    }

    /** Waits until it has ended. */
    void awaitEnd(Duration atMost) throws InterruptedException {
        if (!thread.join(atMost)) {
            thread.interrupt();
        }
    }

    @Override
    public void run() {
        while (!stopping) {
            try {
                arrived = false;
                if (acquire()) {
                    read();
                } else {
                    pause(MessageBounds.LOOK_AROUND);
                }
            } catch (FencedException e) {
                LOG.log(System.Logger.Level.DEBUG, "{0} reads it no longer", this);
            } catch (RuntimeException | SQLException e) {
                LOG.log(System.Logger.Level.WARNING, "{0} is disturbed: {1}", this, e.toString());
                pause(MessageBounds.ERROR_PAUSE);
            }
        }
        giveUp();
    }

    private boolean acquire() {
        var acquired =
                kernel.call(
                        MessageCalls.ACQUIRE,
                        new MessageCalls.Acquire(
                                log.bucket(), log.id(), subscription.group(), node));
        if (!acquired.ours()) {
            return false;
        }
        epoch = acquired.epoch();
        position = acquired.position();
        attempts = acquired.attempts();
        if (acquired.pauseMs() != null && acquired.pauseMs() > 0) {
            rest(Duration.ofMillis(acquired.pauseMs()));
        }
        return true;
    }

    private void giveUp() {
        if (epoch == 0) {
            return;
        }
        try {
            var _ =
                    kernel.call(
                            MessageCalls.GIVE_UP,
                            new MessageCalls.GiveUp(
                                    log.bucket(), log.id(), subscription.group(), epoch));
        } catch (RowhouseException e) {
            // the next reader waits until this life is over
            LOG.log(System.Logger.Level.DEBUG, "{0} could not be given up", this);
        }
    }

    private void read() throws FencedException, SQLException {
        while (!stopping) {
            arrived = false;
            handOnDeadLetters();
            List<MessageCalls.Fetched> rows = advance(MessageBounds.FETCH_MAX);
            if (rows.isEmpty()) {
                if (!arrived) {
                    pause(MessageBounds.LOOK_AROUND);
                }
            } else if (attempts > 0 || !handledTogether(rows)) {
                oneByOne(rows);
            }
        }
        var _ = advance(0);
    }

    private void handOnDeadLetters() throws SQLException {
        if (!askedFor) {
            return;
        }
        askedFor = false;
        try {
            redelivery.run();
        } catch (InterruptedException e) {
            stopping = true; // it has taken too long to end
        } catch (SQLException | RuntimeException e) {
            askedFor = true;
            throw e;
        }
    }

    /** Acknowledges what was handled and gives what follows. */
    private List<MessageCalls.Fetched> advance(int most) throws FencedException {
        List<MessageCalls.Fetched> rows =
                kernel.call(
                        MessageCalls.ADVANCE,
                        new MessageCalls.Advance(
                                log.bucket(),
                                log.id(),
                                subscription.group(),
                                epoch,
                                position,
                                most));
        if (rows.isEmpty() || rows.getFirst().fenced()) {
            throw new FencedException();
        }
        return rows.getFirst().position() == null ? List.of() : rows;
    }

    private boolean handledTogether(List<MessageCalls.Fetched> rows)
            throws FencedException, SQLException {
        try {
            deliver(rows);
            return true;
        } catch (FencedException e) {
            throw e;
        } catch (Exception | Error e) { // a handler's Error must not leave the log without a reader
            throwIfDisturbed(e);
            if (rows.size() == 1) {
                failed(rows.getFirst(), e);
            }
            return rows.size() == 1;
        }
    }

    static void throwIfDisturbed(Throwable e) throws SQLException {
        if (isDisturbance(e)) {
            if (e instanceof SQLException sql) {
                throw sql;
            }
            throw (RowhouseException) e;
        }
    }

    /**
     * Whether the database failed and not the handler: it is away, has no room for a connection, or
     * another transaction went first; or the node is stopping. What happens to any message is not
     * this one's fault.
     */
    static boolean isDisturbance(Throwable failure) {
        return (failure instanceof SQLException sql && DatabaseErrors.isTransient(sql))
                || (failure instanceof RowhouseException told
                        && (told.code() == ErrorCode.DATABASE_UNAVAILABLE
                                || told.code() == ErrorCode.STOPPING));
    }

    private void oneByOne(List<MessageCalls.Fetched> rows) throws FencedException, SQLException {
        for (MessageCalls.Fetched row : rows) {
            if (stopping || position(row) < position) {
                continue;
            }
            if (attempts >= subscription.deliveries()) {
                giveUp(row, NODES_DIED);
                continue;
            }
            try {
                deliver(List.of(row));
                attempts = 0;
                var _ = advance(0);
            } catch (FencedException e) {
                throw e;
            } catch (Exception | Error e) {
                throwIfDisturbed(e);
                if (failed(row, e)) {
                    return; // it is tried again before those behind it
                }
            }
        }
    }

    /** Notes a failure: true if the message is tried again, false if it was given up. */
    private boolean failed(MessageCalls.Fetched row, Throwable failure) throws FencedException {
        attempts++;
        String reason = reason(failure);
        if (attempts >= subscription.deliveries()) {
            giveUp(row, reason);
            return false;
        }
        long pauseMs = subscription.pauseMs(attempts);
        note(row, false, pauseMs, reason);
        rest(Duration.ofMillis(pauseMs));
        return true;
    }

    private void giveUp(MessageCalls.Fetched row, String reason) throws FencedException {
        note(row, true, 0, reason);
        LOG.log(
                System.Logger.Level.WARNING,
                "{0}: message {1} is a dead letter: {2}",
                this,
                row.id(),
                reason);
        position = position(row) + 1;
        attempts = 0;
    }

    private void note(MessageCalls.Fetched row, boolean dead, long pauseMs, String reason)
            throws FencedException {
        var done =
                kernel.call(
                        MessageCalls.FAIL,
                        new MessageCalls.Fail(
                                log.bucket(),
                                log.id(),
                                subscription.group(),
                                epoch,
                                position,
                                position(row),
                                attempts,
                                dead,
                                pauseMs,
                                reason));
        if (!done.done()) {
            throw new FencedException();
        }
    }

    static String reason(Throwable failure) {
        String text = failure.toString().replace("\0", "\\0");
        return text.length() <= MessageBounds.REASON_LENGTH_MAX
                ? text
                : text.substring(0, MessageBounds.REASON_LENGTH_MAX);
    }

    private void deliver(List<MessageCalls.Fetched> rows) throws Exception {
        List<Message> messages = new ArrayList<>(rows.size());
        for (MessageCalls.Fetched row : rows) {
            if (!row.expired()) {
                messages.add(message(row));
            }
        }
        long upto = position(rows.getLast()) + 1;
        switch (subscription.handler()) {
            case Handler.Plain plain -> {
                if (!messages.isEmpty()) {
                    plain.handle(messages);
                }
            }
            case Handler.Transaction transaction -> commit(transaction, messages, upto);
        }
        position = upto;
    }

    private void commit(Handler.Transaction handler, List<Message> messages, long upto)
            throws Exception {
        transactions.with(connection -> {
            connection.setAutoCommit(false);
            try {
                if (!messages.isEmpty()) {
                    handler.handle(connection, messages);
                }
                move(connection, upto);
                connection.commit();
                connection.setAutoCommit(true);
                return true;
            } catch (Throwable e) {
                undo(connection, e);
                throw e;
            }
        });
        if (!messages.isEmpty()) {
            handler.committed(messages);
        }
    }

    private void move(Connection connection, long upto) throws SQLException, FencedException {
        Map<String, Object> values =
                Map.of(
                        "bucket",
                        log.bucket(),
                        "log",
                        log.id(),
                        "group",
                        subscription.group(),
                        "epoch",
                        epoch,
                        "from",
                        position,
                        "upto",
                        upto);
        try (PreparedStatement move = MOVE.prepare(connection, values);
                var row = move.executeQuery()) {
            if (!row.next()) {
                throw new FencedException();
            }
        }
    }

    static void undo(Connection connection, Throwable cause) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private Message message(MessageCalls.Fetched row) {
        if (row.id() == null || row.body() == null || row.sentAt() == null) {
            throw new RowhouseException(ErrorCode.INTERNAL, "a message without id, body or time");
        }
        return new Message(
                topic.name(),
                index,
                position(row),
                row.id(),
                row.key(),
                row.headers(),
                row.body(),
                row.sentAt());
    }

    private static long position(MessageCalls.Fetched row) {
        Long position = row.position();
        if (position == null) {
            throw new RowhouseException(ErrorCode.INTERNAL, "a message without a position");
        }
        return position;
    }

    /** Waits for so long, or until it is stopped. */
    private void rest(Duration pause) {
        long untilNs = System.nanoTime() + pause.toNanos();
        while (!stopping && System.nanoTime() - untilNs < 0) {
            LockSupport.parkNanos(this, untilNs - System.nanoTime());
        }
    }

    /** Waits for so long, or until something arrives. */
    private void pause(Duration pause) {
        long untilNs = System.nanoTime() + pause.toNanos();
        long leftNs = pause.toNanos();
        while (!stopping && !arrived && leftNs > 0) {
            LockSupport.parkNanos(this, leftNs);
            leftNs = untilNs - System.nanoTime();
        }
    }

    @Override
    public String toString() {
        return "group " + subscription.group() + " of " + topic.name() + "/" + index;
    }
}
