package org.rowhouse.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.SqlFile;

/** A row in the table of nodes, and a connection that renews its lease as a node does. */
final class Heart implements AutoCloseable {
    private static final String BEGIN = SqlFile.read(Heart.class, "heart_begin");
    private static final String BEAT = SqlFile.read(Heart.class, "heart_beat");

    private final Server server;
    private @Nullable Connection connection;
    private int number;

    Heart(Server server) {
        this.server = server;
    }

    /** Renews the lease; gives the nanoseconds that this took. */
    synchronized long beatNs() {
        try {
            Connection current = connection;
            if (current == null) {
                current = begin();
            }
            long fromNs = System.nanoTime();
            try (PreparedStatement beat = current.prepareStatement(BEAT)) {
                beat.setInt(1, number);
                beat.executeUpdate();
            }
            return System.nanoTime() - fromNs;
        } catch (SQLException failure) {
            throw server.unusable(failure);
        }
    }

    private Connection begin() throws SQLException {
        Connection fresh = server.connect("heart");
        connection = fresh;
        try (PreparedStatement listen = fresh.prepareStatement("listen rowhouse")) {
            listen.execute();
        }
        try (PreparedStatement begin = fresh.prepareStatement(BEGIN);
                ResultSet row = begin.executeQuery()) {
            row.next();
            number = row.getInt(1);
        }
        return fresh;
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException failure) {
                throw server.unusable(failure);
            }
        }
    }
}
