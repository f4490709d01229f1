package org.rowhouse.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.HttpApi;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.node.Token;
import org.rowhouse.store.SqlFile;

/**
 * Reads of 64 bytes from a region whose home is a node in another JVM, beside a call that gives the
 * same bytes from a component there, over a connection each of the same kind: first shared memory,
 * as between nodes of one machine, then TLS 1.3 with the cluster's certificates, since the other
 * node's row then says that it is on another machine. One caller that does not pause, so that
 * neither side falls asleep.
 */
final class MemoryRows {
    private static final String SHARED = "64 B cell read, other node of the machine";
    private static final String READ = "64 B cell read, remote";
    private static final String NEAR = "64 B cell read, same node";
    private static final String ELSEWHERE = SqlFile.read(MemoryRows.class, "live_elsewhere");
    private static final Pattern TOKEN = Pattern.compile("\"token\"\\s*:\\s*\"([^\"]+)\"");
    private static final String NEAR_HOST = "127.0.0.3";
    private static final String FAR_HOST = "127.0.0.2";
    private static final int DIGITS = 3;

    private MemoryRows() {}

    /** One way to 64 bytes. */
    private interface Reader {
        byte[] read();
    }

    /** Measures the rows that the options ask for, and adds them. */
    static void run(Session session) {
        List<Reads> rows =
                List.of(
                        new Reads(SHARED, new Target.Within(0.7)),
                        new Reads(READ, new Target.Within(0.7)),
                        new Reads(NEAR, null));
        if (!session.wantsAny(rows)) {
            return;
        }
        Path folder = session.folder().resolve("memory");
        try (Peer peer = peer(session, folder)) {
            for (Reads row : rows) {
                if (!session.wantsAny(List.of(row))) {
                    continue;
                }
                if (row.name.equals(READ)) {
                    // Before the node is up that reads, so that it never saw another way.
                    try (Rowhouse rowhouse = near(session, folder)) {
                        moveElsewhere(rowhouse, peer.life);
                    }
                }
                try (Rowhouse rowhouse = near(session, folder)) {
                    contest(session, rowhouse, row);
                }
            }
        }
    }

    private static Rowhouse near(Session session, Path folder) {
        return Rowhouse.open(
                Rowhouse.Options.of(folder.resolve("near"))
                        .name("near")
                        .databaseUrl(session.server().url())
                        .listen(NEAR_HOST));
    }

    /** Lets the other node join, which needs one that is up. */
    private static Peer peer(Session session, Path folder) {
        try (Rowhouse rowhouse = near(session, folder);
                HttpApi api =
                        HttpApi.start(
                                rowhouse,
                                InetSocketAddress.createUnresolved(NEAR_HOST, 0),
                                () -> {})) {
            return Peer.start(folder.resolve("far"), token(rowhouse, api), session.server().url());
        }
    }

    private static void contest(Session session, Rowhouse rowhouse, Reads row) {
        if (row.name.equals(NEAR)) {
            try (Region here = rowhouse.memory().export("benchmark.near", 4096, "board")) {
                Side<Reader> local = new Side<>("Rowhouse", () -> here.read(0, MemoryPeer.BYTES));
                new Contest<>(session, local, null).run(List.of(row));
            }
            return;
        }
        MemoryPeer.Lines lines = rowhouse.component(MemoryPeer.Lines.class);
        MemoryPeer.Place place = new MemoryPeer.Place(0);
        try (Region there = rowhouse.region(MemoryPeer.REGION)) {
            new Contest<Reader>(
                            session,
                            new Side<>("Rowhouse", () -> there.read(0, MemoryPeer.BYTES)),
                            new Side<>("our own call", () -> lines.read(place).bytes()))
                    .run(List.of(row));
        }
    }

    private static String token(Rowhouse rowhouse, HttpApi api) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api.address() + "/tokens"))
                        .header("Authorization", Token.read(rowhouse.home().token()).header())
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            String answer = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            Matcher token = TOKEN.matcher(answer);
            if (!token.find()) {
                throw failed("no token: " + answer, null);
            }
            return token.group(1);
        } catch (IOException e) {
            throw failed("no token", e);
        } catch (InterruptedException e) {
            throw Nodes.interrupted();
        }
    }

    /** Makes the other node's row say that only TLS leads to it. */
    private static void moveElsewhere(Rowhouse rowhouse, int life) {
        try (Connection connection = rowhouse.database().connect("benchmark");
                PreparedStatement statement = connection.prepareStatement(ELSEWHERE)) {
            statement.setInt(1, life);
            if (statement.executeUpdate() != 1) {
                throw failed("the other node takes no connections", null);
            }
        } catch (SQLException e) {
            throw failed("the other node's row", e);
        }
    }

    private static RowhouseException failed(String what, @Nullable Throwable cause) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED, "The benchmark of memory failed: " + what, cause);
    }

    /** The other JVM. */
    private record Peer(Process process, int life) implements AutoCloseable {
        static Peer start(Path home, String token, String database) {
            try {
                Process process =
                        new ProcessBuilder(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        MemoryPeer.class.getName(),
                                        home.toString(),
                                        FAR_HOST)
                                .redirectError(ProcessBuilder.Redirect.INHERIT)
                                .start();
                process.outputWriter().write(token + "\n" + database + "\n");
                process.outputWriter().flush();
                String line = process.inputReader().readLine();
                if (line == null) {
                    throw failed("the other JVM ended before it was up", null);
                }
                return new Peer(process, Integer.parseInt(line));
            } catch (IOException e) {
                throw failed("the other JVM", e);
            }
        }

        @Override
        public void close() {
            try {
                process.outputWriter().close();
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (IOException e) {
                process.destroyForcibly();
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One reader that does not pause: p50 and p99 in microseconds. */
    private record Reads(String name, @Nullable Target target) implements Workload<Reader> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency(name + ", p50", "us", target),
                    Figure.latency(name + ", p99", "us", null));
        }

        @Override
        public List<Double> measure(Reader side, Duration time) {
            Histogram took = new Histogram(DIGITS);
            long endNs = System.nanoTime() + time.toNanos();
            for (long beganNs = System.nanoTime();
                    beganNs - endNs < 0;
                    beganNs = System.nanoTime()) {
                if (side.read().length != MemoryPeer.BYTES) {
                    throw failed("a read gave something else", null);
                }
                took.recordValue(System.nanoTime() - beganNs);
            }
            return List.of(
                    took.getValueAtPercentile(50) / 1e3, took.getValueAtPercentile(99) / 1e3);
        }
    }
}
