package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.LentConnection;
import org.rowhouse.store.SqlFile;
import org.rowhouse.store.Standbys;

/**
 * Runs transaction steps: the component's SQL and the step's record in one commit.
 *
 * <p>Tables: step (writes), task (locks, shared). Invariant: the commit happens only while the task
 * is this attempt's, and at most once for a step, also when the answer to a commit is lost: the
 * next try finds the record. Thread: the task's. Failure: conflicts and lost connections are tried
 * again, up to {@link TaskBounds#CONFLICTS_MAX} times. A step whose commit may have happened is
 * never said to have failed.
 */
final class Transactions implements AutoCloseable {
    private static final String HOLD = SqlFile.read(Transactions.class, "hold");
    private static final String RECORD = SqlFile.read(Transactions.class, "record_transaction");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String DISK_FULL = "53100";

    private final ConnectionPool pool;
    private final Map<TaskId, Connection> open = new ConcurrentHashMap<>();

    Transactions(Connections connections) {
        pool =
                new ConnectionPool(
                        purpose -> replicated(connections.connect(purpose)),
                        "rowhouse-transactions",
                        TaskBounds.TRANSACTIONS_MAX,
                        PATIENCE.toMillis());
    }

    /** Such a connection finds records of commits whose answer was lost. */
    private static Connection replicated(Connection fresh) throws SQLException {
        try {
            Standbys.catchUp(fresh);
            return fresh;
        } catch (SQLException e) {
            fresh.close();
            throw e;
        }
    }

    /** Which step of which attempt, and where its SQL runs. */
    record Place(
            TaskId task, int attempt, int step, int tries, String name, @Nullable String schema) {}

    /** Gives the result as JSON, and the value behind it unless an earlier try had recorded it. */
    record Result<T>(String json, @Nullable T value, boolean known, boolean cancel) {}

    /** Turns a value into JSON. */
    interface Encoder {
        String encode(@Nullable Object value);
    }

    /** The database stays away: whether the step was committed is for a later attempt to find. */
    static final class AwayException extends Exception {
        private static final long serialVersionUID = 1L;

        AwayException(Throwable cause) {
            super("the database stays away from a transaction step: " + cause.getMessage(), cause);
        }
    }

    /** What the body threw, or the database in answer to it; nothing of it is kept. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(Throwable cause) {
            super(cause);
        }
    }

    /**
     * Runs the body and commits.
     *
     * @throws Unwind if the task is no longer this attempt's
     * @throws AwayException if the database stayed away for all tries
     * @throws Exception what the body threw; nothing of it is kept then
     */
    <T extends @Nullable Object> Result<T> run(
            Place place, Task.Transaction<T> body, Encoder encoder) throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                return pool.with(connection -> inTransaction(connection, place, body, encoder));
            } catch (RefusedException e) {
                throw rethrown(e.getCause());
            } catch (RowhouseException e) {
                throw new AwayException(e); // no connection was to be had
            } catch (SQLException | AwayException e) {
                boolean away =
                        e instanceof AwayException
                                || (e instanceof SQLException sql
                                        && DatabaseErrors.isConnectionLost(sql));
                if (attempt >= TaskBounds.CONFLICTS_MAX) {
                    throw away && !(e instanceof AwayException) ? new AwayException(e) : e;
                }
                Thread.sleep(ThreadLocalRandom.current().nextLong(1, 10L * attempt + 1));
            }
        }
    }

    private static Exception rethrown(@Nullable Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof Exception exception ? exception : new IllegalStateException(cause);
    }

    /**
     * One try.
     *
     * @throws RefusedException if another try would end the same
     * @throws AwayException if the connection was lost: what was committed is not known
     * @throws SQLException if it met a conflict
     */
    private <T extends @Nullable Object> Result<T> inTransaction(
            Connection connection, Place place, Task.Transaction<T> body, Encoder encoder)
            throws RefusedException, AwayException, SQLException {
        open.put(place.task, connection);
        try {
            connection.setAutoCommit(false);
            Result<T> result = once(connection, place, body, encoder);
            connection.setAutoCommit(true);
            return result;
        } catch (Throwable e) {
            boolean full = e instanceof SQLException sql && DISK_FULL.equals(sql.getSQLState());
            if (!rollback(connection) || full || isDemoted(connection, e)) {
                throw new AwayException(e);
            }
            if (e instanceof SQLException sql
                    && DatabaseErrors.isTransient(sql)
                    && !DatabaseErrors.isConnectionLost(sql)) {
                throw sql;
            }
            throw new RefusedException(e);
        } finally {
            open.remove(place.task, connection);
        }
    }

    /**
     * Ends the transaction that the task has open, if any: its code does not, and holds the task's
     * row.
     */
    void abort(TaskId task) {
        Connection connection = open.get(task);
        if (connection == null) {
            return;
        }
        try {
            connection.unwrap(PGConnection.class).cancelQuery();
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            System.getLogger(Transactions.class.getName())
                    .log(System.Logger.Level.DEBUG, "a transaction could not be aborted", e);
        }
    }

    private <T extends @Nullable Object> Result<T> once(
            Connection connection, Place place, Task.Transaction<T> body, Encoder encoder)
            throws Exception {
        long startNs = System.nanoTime();
        boolean cancel;
        try (PreparedStatement hold = connection.prepareStatement(HOLD)) {
            hold.setInt(1, place.step);
            hold.setShort(2, (short) place.task.bucket());
            hold.setObject(3, place.task.value());
            hold.setInt(4, place.attempt);
            try (ResultSet row = hold.executeQuery()) {
                if (!row.next()) {
                    throw new Unwind("the task is no longer this attempt's");
                }
                cancel = row.getBoolean(1);
                String output = row.getString(4);
                if (output != null) {
                    connection.rollback();
                    return new Result<>(output, null, true, cancel);
                }
            }
        }
        T value =
                LentConnection.<T, Exception>lend(
                        connection,
                        place.schema,
                        "A transaction step",
                        "the step's record",
                        body::run);
        String json = encoder.encode(value);
        try (PreparedStatement record = connection.prepareStatement(RECORD)) {
            record.setShort(1, (short) place.task.bucket());
            record.setObject(2, place.task.value());
            record.setInt(3, place.step);
            record.setInt(4, place.tries);
            record.setLong(5, (System.nanoTime() - startNs) / 1000);
            record.setString(6, place.name);
            record.setString(7, json);
            record.executeUpdate();
        }
        connection.commit();
        return new Result<>(json, value, false, cancel);
    }

    /** Whether it failed since the server takes no changes any more, and not just its statement. */
    private static boolean isDemoted(Connection connection, Throwable failure) throws SQLException {
        return failure instanceof SQLException sql
                && DatabaseErrors.isReadOnly(sql)
                && !Standbys.takesChanges(connection);
    }

    /** False if the connection is lost. */
    private static boolean rollback(Connection connection) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
            return true;
        } catch (SQLException e) {
            // the connection is gone, and with it the transaction
            System.getLogger(Transactions.class.getName())
                    .log(System.Logger.Level.DEBUG, "rollback failed", e);
            return false;
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
