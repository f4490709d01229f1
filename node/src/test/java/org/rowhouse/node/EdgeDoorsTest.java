package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Workflow;
import org.rowhouse.messages.Handler;
import org.rowhouse.messages.Message;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Wire;
import org.rowhouse.wire.discovery.Discovery;
import org.rowhouse.wire.discovery.Member;
import org.rowhouse.wire.link.LinkTraits;
import org.rowhouse.wire.link.StreamLink;

class EdgeDoorsTest {
    private static final System.Logger LOG = System.getLogger(EdgeDoorsTest.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long SEED = 42;
    private static final int KEYS = 4;

    @TempDir static Path folder;

    private static Rowhouse cloud;
    private static EdgeDoors doors;

    /** Work that an edge node does by itself. */
    public static class Pump {
        /** What goes in and comes out. */
        public record Strokes(int count) {}

        /** Pumps. */
        @Workflow
        public Strokes pump(Strokes strokes) {
            return new Strokes(strokes.count() + 1);
        }
    }

    @BeforeAll
    static void openCloud() {
        cloud = Rowhouse.open(folder.resolve("cloud"));
        cloud.messages().topics("test").set("plant", Topics.Settings.ofLogs(2));
        doors = EdgeDoors.open(cloud, new EdgeOptions(0, 0, null, List.of()));
    }

    @AfterAll
    static void closeCloud() {
        doors.close();
        cloud.close();
    }

    @Test
    void whatADevicePublishesByMqttIsAMessageOfTheTopic() throws Exception {
        Queue<Message> got = read("mqtt-test");
        await(() -> cloud.messages().topicNames().contains("plant"));
        String token = token("pump 7");
        try (MqttProbe device = new MqttProbe(doors.mqttAddress(), "pump 7", token)) {
            assertThat(device.connected()).isTrue();
            device.publish(1, "plant/7/celsius", "20.5".getBytes());
            assertThat(device.acknowledged()).isEqualTo(1);
            await(() -> got.stream().anyMatch(one -> "7/celsius".equals(one.key())));
            assertThat(got).anySatisfy(one -> assertThat(one.body()).isEqualTo("20.5"));
            device.publish(2, "plant/7/raw", new byte[] {(byte) 0xff, 0});
            assertThat(device.acknowledged()).isEqualTo(2);
            await(() -> got.stream().anyMatch(one -> "7/raw".equals(one.key())));
            assertThat(got)
                    .anySatisfy(one -> {
                        assertThat(one.body()).isEqualTo("/wA=");
                        assertThat(Bodies.bytes(one.body(), one.headers()))
                                .containsExactly(0xff, 0);
                    });
        }
    }

    @Test
    void whoShowsNoTokenOfItsOwnIsRefused() throws Exception {
        String other = token("pump 8");
        try (MqttProbe device = new MqttProbe(doors.mqttAddress(), "pump 7", other)) {
            assertThat(device.connected()).isFalse();
        }
    }

    @Test
    void aDeviceFindsTheNodesAndOtherDevices() {
        try (Discovery one = discovery("one");
                Discovery two = discovery("two")) {
            await(() -> one.size() == 3 && two.size() == 3);
            assertThat(one.members()).containsOnlyKeys("one", "two", cloud.trust().node());
        }
    }

    /** A new device's token, which this node's doors know by now. */
    private static String token(String name) {
        String token = cloud.accounts().devices().issue(name, "test");
        await(() -> doors.knows(name));
        return token;
    }

    private static Discovery discovery(String name) {
        Credentials credentials = new Credentials(name, token(name));
        return new Discovery(
                List.of(() ->
                        Wire.connect(doors.devicesAddress(), credentials, null, (_, _) -> null)),
                new Member(name, "", List.of("pump")),
                (_, _) -> {});
    }

    @Test
    void anUplinkWithoutTopicsOrATokenIsRefused() {
        assertThatThrownBy(() ->
                        EdgeDoors.open(cloud, EdgeOptions.NOTHING.with("--uplink", "127.0.0.1:1")))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("--forward");
        assertThatThrownBy(() ->
                        EdgeDoors.open(
                                cloud,
                                EdgeOptions.NOTHING
                                        .with("--uplink", "127.0.0.1:1")
                                        .with("--forward", "plant")))
                .hasMessageContaining("uplink.token");
    }

    @Test
    void anEdgeNodeThatIsCutOffGoesOnAndLosesNothing() throws Exception {
        cutOff(Duration.ofSeconds(4), "short");
    }

    @Test
    @Tag("long")
    void anEdgeNodeThatIsCutOffForAMinuteConvergesWithinThreeSeconds() throws Exception {
        assertThat(cutOff(Duration.ofSeconds(60), "minute"))
                .isLessThanOrEqualTo(Duration.ofSeconds(3));
    }

    /** How long it took after the cut until everything had arrived. */
    private static Duration cutOff(Duration time, String name) throws Exception {
        Queue<Message> got = read(name);
        Path home = Files.createDirectories(folder.resolve("edge-" + name));
        Files.writeString(home.resolve("uplink.token"), name + " " + token(name));
        LinkTraits mobile = LinkTraits.PERFECT.delay(Duration.ofMillis(25));
        try (StreamLink link = StreamLink.open(loopback(0), doors.devicesAddress(), SEED, mobile);
                Rowhouse edge = Rowhouse.open(home)) {
            edge.messages().topics("test").set("plant", Topics.Settings.ofLogs(2));
            edge.register(new Pump());
            EdgeOptions options =
                    EdgeOptions.NOTHING
                            .with("--uplink", "127.0.0.1:" + link.address().getPort())
                            .with("--forward", "plant");
            try (EdgeDoors up = EdgeDoors.open(edge, options)) {
                List<String> sent = new ArrayList<>();
                publish(edge, name, sent, Duration.ofSeconds(1));
                await(() -> of(name, got).size() == sent.size());
                link.cut();
                publish(edge, name, sent, time);
                assertThat(edge.run("pump/pump", new Pump.Strokes(1), Pump.Strokes.class))
                        .as("its own work")
                        .isEqualTo(new Pump.Strokes(2));
                assertThat(of(name, got).size()).isLessThan(sent.size());
                await(() -> up.uplinkTrouble() != null);
                link.heal();
                long healedNs = System.nanoTime();
                await(() -> of(name, got).size() >= sent.size());
                Duration took = Duration.ofNanos(System.nanoTime() - healedNs);
                LOG.log(
                        System.Logger.Level.INFO,
                        "cut off for {0} s, {1} messages: all there {2} ms after",
                        time.toSeconds(),
                        sent.size(),
                        took.toMillis());
                checkOrder(sent, of(name, got));
                return took;
            }
        }
    }

    /** Some fifty messages a second, each durable here before the next. */
    private static void publish(Rowhouse edge, String name, List<String> sent, Duration time) {
        long endNs = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - endNs < 0) {
            String body = name + " " + sent.size();
            edge.messages().publish(Publication.of("plant", "key" + sent.size() % KEYS, body));
            sent.add(body);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private static void checkOrder(List<String> sent, List<Message> got) {
        assertThat(got.stream().map(Message::body))
                .as("nothing lost and nothing twice")
                .containsExactlyInAnyOrderElementsOf(sent);
        Map<String, Integer> last = new HashMap<>();
        for (Message one : got) {
            int number = Integer.parseInt(one.body().replaceAll(".* ", ""));
            assertThat(number)
                    .as("order of " + one.key())
                    .isGreaterThan(last.getOrDefault(one.key(), -1));
            last.put(one.key(), number);
        }
    }

    private static List<Message> of(String name, Queue<Message> got) {
        return got.stream().filter(one -> one.body().startsWith(name + " ")).toList();
    }

    private static Queue<Message> read(String group) {
        Queue<Message> got = new ConcurrentLinkedQueue<>();
        Handler.Plain take = got::addAll;
        cloud.messages().subscribe("plant", group, take);
        return got;
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("in time").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
