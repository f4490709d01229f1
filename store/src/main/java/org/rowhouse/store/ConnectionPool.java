package org.rowhouse.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A few connections that many threads take turns with, for work that is not a system call:
 * transaction steps, listings, components.
 *
 * <p>Our own, in forty lines, because the server's address may change while we run (an embedded
 * server that was restarted) and the known pools want it fixed, and a logging library besides.
 */
public final class ConnectionPool implements AutoCloseable {
    /** A connection that was idle for longer is tried before it is given out. */
    private static final long TRUSTED_NS = TimeUnit.SECONDS.toNanos(1);

    private final Connections connections;
    private final String purpose;
    private final Semaphore permits;
    private final long patienceMs;
    private final Duration idleMax;
    private final AtomicBoolean trimming = new AtomicBoolean();
    private final ConcurrentLinkedDeque<Idle> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    private record Idle(Connection connection, long sinceNs) {}

    /** Work on a connection. */
    @FunctionalInterface
    public interface Work<T extends @Nullable Object, E extends Exception> {
        T run(Connection connection) throws E;
    }

    /**
     * @param most connections at one time
     * @param patienceMs how long a caller waits for one, in milliseconds
     */
    public ConnectionPool(Connections connections, String purpose, int most, long patienceMs) {
        this(connections, purpose, most, patienceMs, StoreBounds.IDLE_MAX);
    }

    /**
     * @param idleMax how long a connection may lie idle before it is closed
     */
    ConnectionPool(
            Connections connections, String purpose, int most, long patienceMs, Duration idleMax) {
        this.connections = connections;
        this.purpose = purpose;
        this.permits = new Semaphore(most, true);
        this.patienceMs = patienceMs;
        this.idleMax = idleMax;
    }

    /**
     * Lends a connection in the state in which it was opened. After an exception it is rolled back
     * and, if it is not in auto-commit mode and sound, closed; {@code work} may close it too.
     *
     * @throws RowhouseException OVERLOADED if none became free in time
     */
    public <T extends @Nullable Object, E extends Exception> T with(Work<T, E> work)
            throws E, SQLException, InterruptedException {
        if (!permits.tryAcquire(patienceMs, TimeUnit.MILLISECONDS)) {
            throw new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "All connections of "
                            + purpose
                            + " have been in use for "
                            + patienceMs
                            + " ms: try again later.");
        }
        try {
            return lend(work);
        } finally {
            permits.release();
        }
    }

    /**
     * Reads on a connection, and again on a new one if that was lost. Waits for a connection as
     * long as it takes, whether the thread is interrupted or not.
     *
     * @throws RowhouseException as {@link DatabaseErrors#explain} says; what {@code reading} throws
     */
    public <T extends @Nullable Object> T read(Work<T, SQLException> reading) {
        permits.acquireUninterruptibly();
        try {
            for (int tries = 1; ; tries++) {
                try {
                    return lend(reading);
                } catch (SQLException e) {
                    if (!DatabaseErrors.isTransient(e) || tries >= StoreBounds.READS_MAX) {
                        throw DatabaseErrors.explain(e);
                    }
                    // Whatever took this connection has taken the idle ones too, most likely.
                    closeIdle();
                }
            }
        } finally {
            permits.release();
        }
    }

    private <T extends @Nullable Object, E extends Exception> T lend(Work<T, E> work)
            throws E, SQLException {
        Connection connection = take();
        boolean sound = false;
        try {
            T result = work.run(connection);
            sound = !connection.isClosed() && connection.getAutoCommit();
            return result;
        } finally {
            if (sound && !closed) {
                idle.push(new Idle(connection, System.nanoTime()));
                trimLater();
            } else {
                closeQuietly(connection);
            }
        }
    }

    /** Has idle connections closed one day, the oldest first: each is a process of the server. */
    private void trimLater() {
        if (trimming.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(idleMax.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::trim);
        }
    }

    private void trim() {
        for (Idle oldest = idle.pollLast(); oldest != null; oldest = idle.pollLast()) {
            if (System.nanoTime() - oldest.sinceNs < idleMax.toNanos()) {
                idle.addLast(oldest);
                break;
            }
            closeQuietly(oldest.connection);
        }
        trimming.set(false);
        if (!idle.isEmpty()) {
            trimLater();
        }
    }

    private Connection take() throws SQLException {
        for (Idle candidate = idle.poll(); candidate != null; candidate = idle.poll()) {
            Connection connection = candidate.connection;
            if (System.nanoTime() - candidate.sinceNs < TRUSTED_NS || connection.isValid(1)) {
                return connection;
            }
            closeQuietly(connection);
        }
        return connections.connect(purpose);
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            System.getLogger(ConnectionPool.class.getName())
                    .log(
                            System.Logger.Level.DEBUG,
                            "closing failed; the connection is given up",
                            e);
        }
    }

    /** Closes the idle connections; those in use are closed when they come back. */
    @Override
    public void close() {
        closed = true;
        closeIdle();
    }

    private void closeIdle() {
        for (Idle candidate = idle.poll(); candidate != null; candidate = idle.poll()) {
            closeQuietly(candidate.connection);
        }
    }
}
