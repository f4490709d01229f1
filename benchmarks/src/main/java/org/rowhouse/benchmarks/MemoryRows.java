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
 * same bytes from a component there. Both go by TLS 1.3 with the cluster's certificates, over a
 * connection each: the other node's row says that it is on another machine. One caller that does
 * not pause, so that neither side falls asleep.
 */
final class MemoryRows {
    private static final String READ = "64 B cell read, remote";
    private static final String NEAR = "64 B cell read, same node";
    private static final String ELSEWHERE = SqlFile.read(MemoryRows.class, "live_elsewhere");
    private static final Pattern TOKEN = Pattern.compile("\"token\"\\s*:\\s*\"([^\"]+)\"");
    private static final int DIGITS = 3;

    private MemoryRows() {}

    /** One way to 64 bytes. */
    private interface Reader {
        byte[] read();
    }

    /** Measures the rows that the options ask for, and adds them. */
    static void run(Session session) {
        List<Workload<Reader>> far = List.of(new Reads(READ, new Target.Within(0.7)));
        List<Workload<Reader>> near = List.of(new Reads(NEAR, null));
        if (!session.wants(READ + ", p50")
                & !session.wants(READ + ", p99")
                & !session.wants(NEAR + ", p50")
                & !session.wants(NEAR + ", p99")) {
            return;
        }
        Path folder = session.folder().resolve("memory");
        try (Rowhouse rowhouse =
                        Rowhouse.open(
                                Rowhouse.Options.of(folder.resolve("near"))
                                        .name("near")
                                        .databaseUrl(session.server().url())
                                        .listen("127.0.0.3"));
                HttpApi api =
                        HttpApi.start(
                                rowhouse,
                                InetSocketAddress.createUnresolved("127.0.0.3", 0),
                                () -> {});
                Peer peer =
                        Peer.start(
                                folder.resolve("far"),
                                token(rowhouse, api),
                                session.server().url())) {
            moveElsewhere(rowhouse, peer.life);
            contest(session, rowhouse, far, near);
        }
    }

    private static void contest(
            Session session,
            Rowhouse rowhouse,
            List<Workload<Reader>> far,
            List<Workload<Reader>> near) {
        MemoryPeer.Lines lines = rowhouse.component(MemoryPeer.Lines.class);
        MemoryPeer.Place place = new MemoryPeer.Place(0);
        try (Region there = rowhouse.region(MemoryPeer.REGION);
                Region here = rowhouse.memory().export("benchmark.near", 4096, "board")) {
            new Contest<Reader>(
                            session,
                            new Side<>("Rowhouse, TLS", () -> there.read(0, MemoryPeer.BYTES)),
                            new Side<>("our own call, TLS", () -> lines.read(place).bytes()))
                    .run(far);
            new Contest<Reader>(
                            session,
                            new Side<>("Rowhouse", () -> here.read(0, MemoryPeer.BYTES)),
                            null)
                    .run(near);
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
                                        "127.0.0.2")
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
