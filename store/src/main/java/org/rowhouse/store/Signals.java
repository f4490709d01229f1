package org.rowhouse.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * Tells the other nodes of the cluster in a word that something is worth a look: coalesced, after
 * the commit it is about, and never in a transaction of a system call, since a NOTIFY makes
 * transactions commit one after the other.
 *
 * <p>Invariant: a word that was said is sent, once, within {@link StoreBounds#SIGNAL_PAUSE} of the
 * one before it; the same word said again meanwhile is sent once. Signals are hints: whoever
 * depends on one also looks by himself now and then, so words may be lost with a connection.
 * Thread: its own platform thread and connection; {@link #say} may be called by any and never
 * blocks. Failure: it connects again and sends what it has; beyond {@link StoreBounds#SIGNALS_MAX}
 * words further ones are dropped.
 */
public final class Signals implements AutoCloseable {
    /** The channel that nodes listen to. */
    public static final String CHANNEL = "rowhouse";

    private static final System.Logger LOG = System.getLogger(Signals.class.getName());
    private static final String SEND = SqlFile.read(Signals.class, "signal");

    private final Connections connections;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition said = lock.newCondition();
    private final Thread thread;
    private Map<String, Set<String>> words = new LinkedHashMap<>();
    private int count;
    private boolean closing;

    public Signals(Connections connections) {
        this.connections = connections;
        this.thread = Thread.ofPlatform().name("rowhouse-signals").daemon(true).start(this::serve);
    }

    /**
     * Sends {@code word}, at most 7,900 bytes, to all nodes of the cluster, this one among them.
     */
    public void say(String word) {
        lock.lock();
        try {
            if (count < StoreBounds.SIGNALS_MAX && words.putIfAbsent(word, Set.of()) == null) {
                count++;
                said.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends {@code word} with {@code item} behind it; items of the same word travel together, with
     * commas between them.
     *
     * @param item at most 100 bytes, without a comma
     */
    public void say(String word, String item) {
        lock.lock();
        try {
            if (count < StoreBounds.SIGNALS_MAX
                    && words.computeIfAbsent(word, _ -> new LinkedHashSet<>()).add(item)) {
                count++;
                said.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void serve() {
        Connection connection = null;
        Map<String, Set<String>> sending = next();
        while (!sending.isEmpty()) {
            try {
                if (connection == null) {
                    connection = connections.connect("rowhouse-signals");
                }
                send(connection, sending);
                pause();
            } catch (SQLException | RowhouseException e) {
                LOG.log(System.Logger.Level.DEBUG, "signals are disturbed: {0}", e.getMessage());
                close(connection);
                connection = null;
                sending.forEach(this::sayAgain);
                awaitClose(StoreBounds.SIGNAL_RETRY_MS);
            }
            sending = next();
        }
        close(connection);
    }

    private void sayAgain(String word, Set<String> items) {
        if (items.isEmpty()) {
            say(word);
        } else {
            items.forEach(item -> say(word, item));
        }
    }

    private static void send(Connection connection, Map<String, Set<String>> words)
            throws SQLException {
        List<String> payloads = new ArrayList<>();
        words.forEach((word, items) -> payloads.addAll(payloads(word, List.copyOf(items))));
        try (PreparedStatement statement = connection.prepareStatement(SEND)) {
            Array all = connection.createArrayOf("text", payloads.toArray());
            statement.setArray(1, all);
            statement.execute();
        }
    }

    private static List<String> payloads(String word, List<String> items) {
        List<String> payloads = new ArrayList<>();
        for (int from = 0; from < items.size(); from += StoreBounds.SIGNAL_ITEMS_MAX) {
            int to = Math.min(from + StoreBounds.SIGNAL_ITEMS_MAX, items.size());
            payloads.add(word + String.join(",", items.subList(from, to)));
        }
        return items.isEmpty() ? List.of(word) : payloads;
    }

    /** Waits for words; none when it is closed. */
    private Map<String, Set<String>> next() {
        lock.lock();
        try {
            while (words.isEmpty() && !closing) {
                said.awaitUninterruptibly();
            }
            Map<String, Set<String>> next = words;
            words = new LinkedHashMap<>();
            count = 0;
            return closing ? Map.of() : next;
        } finally {
            lock.unlock();
        }
    }

    private void pause() {
        awaitClose(StoreBounds.SIGNAL_PAUSE.toMillis());
    }

    /** Lets words gather for so long, or until it is closed. */
    private void awaitClose(long ms) {
        lock.lock();
        try {
            long leftNs = TimeUnit.MILLISECONDS.toNanos(ms);
            while (!closing && leftNs > 0) {
                leftNs = said.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private static void close(@Nullable Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // it is of no use anyhow
            }
        }
    }

    /** Stops; what was said and not sent is left to those who look by themselves. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            said.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
