package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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

    @Test
    void devicesOfTwoNodesFindEachOtherAndStandInRows() throws Exception {
        Path home = folder.resolve("second");
        try (Rowhouse second =
                        Rowhouse.open(
                                Rowhouse.Options.of(home)
                                        .databaseUrl(cloud.database().connectionString(true)));
                Discovery near = discovery("near")) {
            try (EdgeDoors others = EdgeDoors.open(second, new EdgeOptions(0, 0, null, List.of()));
                    Discovery far = discovery(others, "far");
                    MqttProbe mqtt =
                            new MqttProbe(
                                    others.mqttAddress(), "pump 9", token(others, "pump 9"))) {
                assertThat(mqtt.connected()).isTrue();
                await(() -> near.members().containsKey("far"));
                await(() -> far.members().containsKey("near"));
                assertThat(near.members().get("far").offers()).containsExactly("pump");
                assertThat(near.members()).doesNotContainKey("pump 9");
                await(() ->
                        rows().containsAll(List.of("far stream", "near stream", "pump 9 mqtt")));
                endLife(second.trust().node());
                await(() -> !rows().contains("far stream"));
                await(() -> rows().containsAll(List.of("far stream", "pump 9 mqtt")));
                await(() -> near.members().containsKey("far"));
            }
            await(() -> !near.members().containsKey("far"));
            assertThat(rows()).doesNotContain("far stream", "pump 9 mqtt").contains("near stream");
        }
    }

    @Test
    void doorsAreFoundAtTheLocalNetworkIfTheyAreToBe() throws Exception {
        String node = cloud.trust().node();
        EdgeOptions options = new EdgeOptions(0, 0, null, List.of()).with("--mdns", "on");
        try (EdgeDoors announced = EdgeDoors.open(cloud, options)) {
            List<LocalNetwork.Found> found = List.of();
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            while (found.size() < 2 && System.nanoTime() - endNs < 0) {
                found =
                        LocalNetwork.find(Duration.ofSeconds(2)).stream()
                                .filter(one -> one.node().equals(node))
                                .toList();
            }
            assertThat(found)
                    .as("and not those of the door that is not announced")
                    .containsExactly(
                            new LocalNetwork.Found(
                                    node,
                                    LocalNetwork.Kind.DEVICES,
                                    "127.0.0.1",
                                    announced.devicesAddress().getPort(),
                                    false),
                            new LocalNetwork.Found(
                                    node,
                                    LocalNetwork.Kind.MQTT,
                                    "127.0.0.1",
                                    announced.mqttAddress().getPort(),
                                    false));
        }
    }

    @Test
    void withoutADoorThereIsNothingToAnnounce() {
        assertThatThrownBy(() -> EdgeDoors.open(cloud, EdgeOptions.NOTHING.with("--mdns", "on")))
                .hasMessageContaining("--devices");
        assertThatThrownBy(() -> EdgeOptions.NOTHING.with("--mdns", "maybe"))
                .hasMessageContaining("on or off");
    }

    /** As others do when its lease is over; it begins another life when it finds out. */
    private static void endLife(String node) throws SQLException {
        try (Connection connection = cloud.database().connect("test");
                PreparedStatement statement =
                        connection.prepareStatement(
                                "select rowhouse.end_lives(array_agg(number), 'test'),"
                                        + " pg_notify('rowhouse', 'died 0') from rowhouse.node"
                                        + " where name = ? and ended_at is null")) {
            statement.setString(1, node);
            statement.execute();
        }
    }

    /** Of the devices at nodes that are up. */
    private static List<String> rows() {
        List<String> rows = new ArrayList<>();
        try (Connection connection = cloud.database().connect("test");
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select d.name || ' ' || d.door from rowhouse.connected_device as d"
                                        + " join rowhouse.node as n on n.number = d.node"
                                        + " where n.ended_at is null")) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return rows;
    }

    /** A new device's token, which this node's doors know by now. */
    private static String token(String name) {
        return token(doors, name);
    }

    private static String token(EdgeDoors at, String name) {
        String token = cloud.accounts().devices().issue(name, "test");
        await(() -> at.knows(name));
        return token;
    }

    private static Discovery discovery(String name) {
        return discovery(doors, name);
    }

    private static Discovery discovery(EdgeDoors at, String name) {
        Credentials credentials = new Credentials(name, token(at, name));
        return new Discovery(
                List.of(() -> Wire.connect(at.devicesAddress(), credentials, null, (_, _) -> null)),
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
