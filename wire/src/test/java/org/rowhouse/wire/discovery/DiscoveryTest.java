package org.rowhouse.wire.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Wire;

class DiscoveryTest {
    private static final System.Logger LOG = System.getLogger(DiscoveryTest.class.getName());
    private static final String TOKEN = "a token of the test";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ENDPOINTS = 100;

    private final List<Seed> seeds = new ArrayList<>();
    private final List<Discovery> endpoints = new ArrayList<>();
    private final ExecutorService teacher = Executors.newSingleThreadExecutor();

    /** A listener that serves a directory. */
    private record Seed(Directory directory, Listener listener) {
        static Seed open() {
            Directory directory = new Directory();
            return new Seed(
                    directory,
                    Wire.listen(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            Gate.token(TOKEN),
                            null,
                            "seed",
                            directory));
        }

        Supplier<Connection> dial(String name) {
            InetSocketAddress address = listener.address();
            return () -> Wire.connect(address, new Credentials(name, TOKEN), null, (_, _) -> null);
        }

        void close() {
            listener.close();
            directory.close();
        }
    }

    @BeforeEach
    void openTwoSeeds() {
        seeds.add(Seed.open());
        seeds.add(Seed.open());
        teach(seeds.get(0).directory, seeds.get(1).directory);
        teach(seeds.get(1).directory, seeds.get(0).directory);
    }

    /** What one seed meets the other learns, as nodes do by rows of their database. */
    private void teach(Directory from, Directory to) {
        from.onFollowers(() -> teacher.execute(() -> to.learn(from.followers().values())));
    }

    @AfterEach
    void closeAll() {
        endpoints.forEach(Discovery::close);
        seeds.forEach(Seed::close);
        teacher.shutdownNow();
    }

    @Test
    void endpointsOfTwoSeedsFindEachOtherWithWordsThatGrowWithTheirNumber() {
        double few = wordsFor("few", ENDPOINTS / 4);
        double many = wordsFor("many", ENDPOINTS);
        assertThat(many).as("words for each endpoint").isLessThan(20);
        assertThat(many).isLessThan(few + 10);
    }

    /** Lets so many begin at once; gives how many words each was told until all knew all. */
    private double wordsFor(String name, int count) {
        List<Discovery> fresh = new ArrayList<>();
        int before = endpoints.size();
        long wordsBefore = words();
        long beganNs = System.nanoTime();
        for (int i = 0; i < count; i++) {
            fresh.add(endpoint(name + i));
        }
        endpoints.addAll(fresh);
        await(() -> endpoints.stream().allMatch(one -> one.size() == before + count));
        long tookMs = Duration.ofNanos(System.nanoTime() - beganNs).toMillis();
        double each = (double) (words() - wordsBefore) / (before + count);
        LOG.log(
                System.Logger.Level.INFO,
                "{0} endpoints know each other after {1} ms, {2} words each",
                count,
                tookMs,
                each);
        return each;
    }

    private long words() {
        return seeds.stream().mapToLong(one -> one.directory.words()).sum();
    }

    @Test
    void anEndpointWhoseSeedIsLostGoesToAnotherAndIsStillThere() {
        Discovery a = endpoint("a");
        Discovery b = endpoint("b");
        endpoints.addAll(List.of(a, b));
        await(() -> a.size() == 2 && b.size() == 2);
        seeds.get(0).close();
        Discovery c = endpoint("c");
        endpoints.add(c);
        await(() -> a.size() == 3 && b.size() == 3 && c.size() == 3);
    }

    @Test
    void anEndpointThatLeavesIsGoneForAll() {
        Discovery a = endpoint("a");
        Discovery b = endpoint("b");
        endpoints.add(a);
        await(() -> a.size() == 2);
        b.close();
        await(() -> a.size() == 1);
        assertThat(a.members()).containsOnlyKeys("a");
    }

    @Test
    void whatASeedsProgramAddsIsFoundAndChanged() {
        Discovery a = new Discovery(List.of(seeds.get(0).dial("a")), null, (_, _) -> {});
        endpoints.add(a);
        Directory seed = seeds.get(0).directory;
        seed.put(new Member("node", "10.0.0.1:7000", List.of("memory")));
        await(() -> a.members().containsKey("node"));
        seed.put(new Member("node", "10.0.0.2:7000", List.of("memory")));
        await(() -> a.members().get("node").address().equals("10.0.0.2:7000"));
        seed.remove("node");
        await(() -> !a.members().containsKey("node"));
    }

    @Test
    void whatWasMetCountsMoreThanWhatWasLearnt() {
        Directory seed = new Directory();
        seed.put(new Member("node", "met", List.of()));
        seed.learn(
                List.of(
                        new Member("node", "learnt", List.of()),
                        new Member("far", "learnt", List.of())));
        assertThat(seed.members().get("node").address()).isEqualTo("met");
        seed.remove("node");
        assertThat(seed.members().get("node").address()).isEqualTo("learnt");
        seed.learn(List.of());
        assertThat(seed.members()).isEmpty();
        seed.close();
    }

    @Test
    void anEndpointIsAMemberByItsOwnNameOnly() {
        try (Connection connection = seeds.get(0).dial("a").get();
                Exchange exchange =
                        connection.open(
                                Changes.FOLLOW,
                                Changes.Following.CODEC.encode(
                                        new Changes.Following(new Member("node", "", List.of()))),
                                CallOptions.within(PATIENCE))) {
            assertThatThrownBy(exchange::receive)
                    .isInstanceOf(RowhouseException.class)
                    .hasMessageContaining("by no other");
        }
        assertThat(seeds.get(0).directory.members()).isEmpty();
    }

    private Discovery endpoint(String name) {
        return new Discovery(
                List.of(seeds.get(0).dial(name), seeds.get(1).dial(name)),
                new Member(name, "127.0.0.1:1", List.of("thermometer/read")),
                (_, _) -> {});
    }

    private static void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("in time").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
