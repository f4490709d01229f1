package org.rowhouse.images;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseErrors;

/**
 * One connection for short reads, opened when first needed, and again when it was lost. One reader
 * at a time.
 */
final class ReadConnection implements AutoCloseable {
    /** Reads from the database. */
    @FunctionalInterface
    interface Reading<T> {
        T read(Connection sql) throws SQLException;
    }

    private final Database database;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Connection connection;

    ReadConnection(Database database) {
        this.database = database;
    }

    /**
     * Blocks while others read. A read that fails because the connection is gone is tried again
     * once, on a new one.
     *
     * @throws RowhouseException as {@link Database#connect}, or what the database said
     */
    <T> T read(Reading<T> reading) {
        lock.lock();
        try {
            try {
                return reading.read(open());
            } catch (SQLException e) {
                if (!DatabaseErrors.isTransient(e)) {
                    throw e;
                }
                discard();
                return reading.read(open());
            }
        } catch (SQLException e) {
            discard();
            throw DatabaseErrors.explain(e);
        } finally {
            lock.unlock();
        }
    }

    private Connection open() {
        if (connection == null) {
            connection = database.connect("components");
        }
        return connection;
    }

    private void discard() {
        Connection lost = connection;
        connection = null;
        if (lost != null) {
            try {
                lost.close();
            } catch (SQLException e) {
                return; // it was lost anyway
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            discard();
        } finally {
            lock.unlock();
        }
    }
}
