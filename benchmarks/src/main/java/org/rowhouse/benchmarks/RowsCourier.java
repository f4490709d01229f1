package org.rowhouse.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What programs do without us: a table as a queue, a statement and a commit for each send and each
 * receipt, over so many connections as serve best. Each connection sends a message and receives
 * one, so as many are on their way as there are connections.
 */
final class RowsCourier implements Courier {
    private static final int CONNECTIONS = 32;
    private static final String TABLE =
            "create table if not exists public.queue (id bigint generated always as identity"
                    + " primary key, body text not null)";
    private static final String SEND = "insert into public.queue (body) values (?)";
    private static final String RECEIVE =
            "delete from public.queue where id = (select id from public.queue order by id limit 1"
                    + " for update skip locked) returning body";

    private final Server server;

    RowsCourier(Server server) {
        this.server = server;
        server.execute(TABLE);
    }

    @Override
    public String name() {
        return "PostgreSQL, a row a statement, " + CONNECTIONS + " connections";
    }

    @Override
    public double deliver(Duration time) {
        AtomicLong received = new AtomicLong();
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                running.add(
                        threads.submit(() -> {
                            work(received, end);
                            return null;
                        }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_UNAVAILABLE, "The peer failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw Nodes.interrupted();
        }
        return received.get() / ((System.nanoTime() - begin) / 1e9);
    }

    private void work(AtomicLong received, long end) throws SQLException {
        try (Connection connection = server.connect("rows");
                PreparedStatement send = connection.prepareStatement(SEND);
                PreparedStatement receive = connection.prepareStatement(RECEIVE)) {
            while (System.nanoTime() - end < 0) {
                send.setString(1, Courier.body());
                send.executeUpdate();
                try (ResultSet row = receive.executeQuery()) {
                    if (row.next()) {
                        received.incrementAndGet();
                    }
                }
            }
        }
    }

    @Override
    public Duration once() {
        throw new UnsupportedOperationException("no receiver waits for a row");
    }

    @Override
    public void close() {
        try (Connection connection = server.connect("rows");
                Statement statement = connection.createStatement()) {
            statement.execute("drop table if exists public.queue");
        } catch (SQLException e) {
            throw server.unusable(e);
        }
    }
}
