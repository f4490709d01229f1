package org.rowhouse.benchmarks;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Wire;
import org.rowhouse.wire.discovery.Directory;
import org.rowhouse.wire.discovery.Discovery;
import org.rowhouse.wire.discovery.Member;

/**
 * 100 endpoints that begin at once find each other by two seeds: how long until all know all, and
 * how many words each is told meanwhile. All are in one process, each with a connection of its own
 * over TCP on loopback.
 */
final class DiscoveryTimes {
    private static final String TOKEN = "a token of the benchmark";
    private static final long PATIENCE_NS = Duration.ofSeconds(60).toNanos();

    private DiscoveryTimes() {}

    static void run(Session session) {
        new Contest<>(session, new Side<>("Rowhouse", 100), null).run(List.of(new Meeting()));
    }

    /** A listener that serves a directory. */
    private record Seed(Directory directory, Listener listener, InetSocketAddress address)
            implements AutoCloseable {
        static Seed open() {
            Directory directory = new Directory();
            Listener listener =
                    Wire.listen(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            Gate.token(TOKEN),
                            null,
                            "seed",
                            directory);
            InetSocketAddress address = listener.address();
            if (address == null) {
                throw new IllegalStateException("the seed has no address");
            }
            return new Seed(directory, listener, address);
        }

        Supplier<Connection> dial(String name) {
            return () -> Wire.connect(address, new Credentials(name, TOKEN), null, (_, _) -> null);
        }

        @Override
        public void close() {
            listener.close();
            directory.close();
        }
    }

    private record Meeting() implements Workload<Integer> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency("100 endpoints find each other", "ms", new Target.AtMost(1_000)),
                    Figure.latency("100 endpoints, words each", "words", new Target.AtMost(10)));
        }

        @Override
        public List<Double> measure(Integer count, Duration time) {
            List<Discovery> endpoints = new ArrayList<>();
            try (Seed one = Seed.open();
                    Seed two = Seed.open()) {
                one.directory.follow("two", two.dial("one"));
                two.directory.follow("one", one.dial("two"));
                long beganNs = System.nanoTime();
                for (int i = 0; i < count; i++) {
                    String name = "endpoint" + i;
                    endpoints.add(
                            new Discovery(
                                    List.of(one.dial(name), two.dial(name)),
                                    new Member(name, "127.0.0.1:1", List.of("sensor/read")),
                                    (_, _) -> {}));
                }
                while (!endpoints.stream().allMatch(each -> each.size() == count)) {
                    if (System.nanoTime() - beganNs > PATIENCE_NS) {
                        throw new IllegalStateException("they do not find each other");
                    }
                    LockSupport.parkNanos(1_000_000);
                }
                double tookMs = (System.nanoTime() - beganNs) / 1e6;
                double words = one.directory.words() + two.directory.words();
                return List.of(tookMs, words / count);
            } finally {
                endpoints.forEach(Discovery::close);
            }
        }
    }
}
