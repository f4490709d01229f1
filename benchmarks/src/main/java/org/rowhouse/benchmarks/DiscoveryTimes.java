package org.rowhouse.benchmarks;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.EdgeDoors;
import org.rowhouse.node.EdgeOptions;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Wire;
import org.rowhouse.wire.discovery.Discovery;
import org.rowhouse.wire.discovery.Member;

/**
 * 100 endpoints that begin at once, half of them at each of two nodes, find each other: how long
 * until all know all, and how many words each is told meanwhile. What one node meets the other
 * learns by rows. All are in one process, each with a connection of its own over TCP on loopback.
 */
final class DiscoveryTimes {
    private static final int ENDPOINTS = 100;
    private static final String TITLE = ENDPOINTS + " endpoints of two nodes";
    private static final String DATABASE = "bus_discovery";
    private static final long PATIENCE_NS = Duration.ofSeconds(60).toNanos();

    private DiscoveryTimes() {}

    static void run(Session session) {
        Meeting meeting = new Meeting();
        if (!session.wantsAny(List.of(meeting))) {
            return;
        }
        session.administrator().createDatabase(DATABASE, session.server().user());
        Server server = session.server().database(DATABASE);
        Path folder = session.folder().resolve("discovery");
        try (Seed one = Seed.open(server, folder.resolve("one"));
                Seed two = Seed.open(server, folder.resolve("two"))) {
            new Contest<>(session, new Side<>("Rowhouse", List.of(one, two)), null)
                    .run(List.of(meeting));
        }
        session.administrator().dropDatabase(DATABASE);
    }

    /** A node with a door for devices. */
    private record Seed(Rowhouse node, EdgeDoors doors) implements AutoCloseable {
        static Seed open(Server server, Path folder) {
            Rowhouse node =
                    Rowhouse.open(
                            Rowhouse.Options.of(folder)
                                    .databaseUrl(server.url())
                                    .name("seed-" + folder.getFileName()));
            return new Seed(node, EdgeDoors.open(node, new EdgeOptions(null, 0, null, List.of())));
        }

        String issue(String name) {
            return node.accounts().devices().issue(name, "benchmark");
        }

        Discovery endpoint(String name, String token) {
            return new Discovery(
                    List.of(() -> connect(name, token)),
                    new Member(name, "127.0.0.1:1", List.of("sensor/read")),
                    (_, _) -> {});
        }

        private Connection connect(String name, String token) {
            InetSocketAddress address = Objects.requireNonNull(doors.devicesAddress());
            return Wire.connect(address, new Credentials(name, token), null, (_, _) -> null);
        }

        /** Waits until a token is good here. */
        void await(String name, String token) {
            long beganNs = System.nanoTime();
            while (true) {
                try {
                    connect(name, token).close();
                    return;
                } catch (RowhouseException e) {
                    if (System.nanoTime() - beganNs > PATIENCE_NS) {
                        throw e;
                    }
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }

        @Override
        public void close() {
            doors.close();
            node.close();
        }
    }

    /** Those of each turn have names of their own, since the last ones may not be forgotten yet. */
    private static final class Meeting implements Workload<List<Seed>> {
        private final AtomicInteger turn = new AtomicInteger();

        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency(TITLE + " find each other", "ms", new Target.AtMost(1_000)),
                    Figure.latency(TITLE + ", words each", "words", new Target.AtMost(20)));
        }

        @Override
        public List<Double> measure(List<Seed> seeds, Duration time) {
            String group = "turn" + turn.incrementAndGet() + "-";
            List<Discovery> endpoints = new ArrayList<>();
            Map<String, String> tokens = new LinkedHashMap<>();
            for (int i = 0; i < ENDPOINTS; i++) {
                String name = group + i;
                tokens.put(name, seeds.getFirst().issue(name));
            }
            String last = group + (ENDPOINTS - 1); // nodes learn of tokens in their order
            seeds.forEach(seed -> seed.await(last, Objects.requireNonNull(tokens.get(last))));
            try {
                long beganNs = System.nanoTime();
                tokens.forEach((name, token) ->
                        endpoints.add(
                                seeds.get(endpoints.size() % seeds.size()).endpoint(name, token)));
                while (!endpoints.stream().allMatch(one -> knowsAll(one, group))) {
                    if (System.nanoTime() - beganNs > PATIENCE_NS) {
                        throw new IllegalStateException("they do not find each other");
                    }
                    LockSupport.parkNanos(1_000_000);
                }
                double tookMs = (System.nanoTime() - beganNs) / 1e6;
                long words = endpoints.stream().mapToLong(Discovery::words).sum();
                return List.of(tookMs, (double) words / ENDPOINTS);
            } finally {
                endpoints.forEach(Discovery::close);
            }
        }

        private static boolean knowsAll(Discovery endpoint, String group) {
            return endpoint.size() >= ENDPOINTS
                    && endpoint.members().keySet().stream()
                                    .filter(name -> name.startsWith(group))
                                    .count()
                            == ENDPOINTS;
        }
    }
}
