package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;
import org.rowhouse.mqtt.SessionRows;
import org.rowhouse.store.NamedSql;

/** Sessions of MQTT outlive connections, doors and nodes: nothing of QoS 1 is lost. */
class MqttSessionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String TOPIC = "works";

    @TempDir static Path folder;
    private static Rowhouse near;
    private static Rowhouse far;
    private static EdgeDoors nearDoors;
    private static EdgeDoors farDoors;
    private static String token;

    @BeforeAll
    static void open() {
        near = Rowhouse.open(Rowhouse.Options.of(folder.resolve("near")).name("near"));
        far =
                Rowhouse.open(
                        Rowhouse.Options.of(folder.resolve("far"))
                                .name("far")
                                .databaseUrl(near.database().connectionString(true)));
        near.messages().topics("test").set(TOPIC, Topics.Settings.ofLogs(3));
        token = near.accounts().devices().issue("lamp", "test");
        nearDoors = doors(near);
        farDoors = doors(far);
        await(() -> far.messages().topicNames().contains(TOPIC));
    }

    private static EdgeDoors doors(Rowhouse node) {
        EdgeDoors doors = EdgeDoors.open(node, new EdgeOptions(0, null, null, List.of()));
        await(() -> node.messages().topicNames().contains(TOPIC));
        return doors;
    }

    @AfterAll
    static void close() {
        farDoors.close();
        nearDoors.close();
        far.close();
        near.close();
    }

    @Test
    void whatWasPublishedMeanwhileComesFromAnotherNode() throws Exception {
        try (Device device = new Device("moves")) {
            assertThat(device.connect(nearDoors)).as("session present").isFalse();
            device.subscribe(TOPIC + "/moves/#", 1);
            publish(near, "moves/a", 0, 10);
            device.awaitAll(0, 10);
            device.leave();
            publish(near, "moves/a", 10, 500);
            publish(near, "others/a", 10_000, 10_500);
            publish(far, "moves/a", 500, 1_500);
            assertThat(device.connect(farDoors)).as("session present").isTrue();
            device.awaitOnce(10, 1_500);
            publish(near, "others/a", 10_500, 10_510);
            publish(near, "moves/a", 1_500, 1_510);
            device.awaitOnce(1_500, 1_510);
            assertThat(device.got).isEmpty();
            device.leave();
            publish(far, "moves/a", 1_510, 1_520);
            assertThat(device.connect(nearDoors)).as("and back").isTrue();
            device.awaitAll(1_510, 1_520);
        }
    }

    @Test
    void aNodeThatIsKilledLosesNothingOfWhatItsDevicesHaveNotAcknowledged() throws Exception {
        int port = freePort();
        Process node = node(port);
        try (Device device = new Device("survives")) {
            await(() -> device.tries("tcp://127.0.0.1:" + port));
            device.subscribe(TOPIC + "/+/survives", 1);
            Thread publisher =
                    Thread.ofVirtual().start(() -> publish(near, "all/survives", 0, 2_000));
            await(() -> device.got.size() > 200);
            node.destroyForcibly().waitFor();
            await(() -> device.lost);
            assertThat(device.connect(farDoors)).as("session present").isTrue();
            publisher.join();
            publish(near, "all/survives", 2_000, 2_001);
            device.awaitAll(0, 2_001);
        } finally {
            node.destroyForcibly();
        }
    }

    @Test
    void aDoorThatWasClosedAndOpenedAgainGoesOnToo() throws Exception {
        try (Device device = new Device("waits")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/waits", 1);
            publish(near, "waits", 0, 5);
            device.awaitAll(0, 5);
            nearDoors.close();
            publish(near, "waits", 5, 20);
            nearDoors = doors(near);
            assertThat(device.connect(nearDoors)).isTrue();
            device.awaitAll(5, 20);
            device.leave();
        }
    }

    @Test
    void whoComesByAnotherNodeEndsItsConnectionAtTheFirst() throws Exception {
        try (Device here = new Device("twin");
                Device there = new Device("twin")) {
            here.connect(nearDoors);
            here.subscribe(TOPIC + "/twin", 1);
            assertThat(there.connect(farDoors)).isTrue();
            await(() -> here.lost);
            publish(near, "twin", 0, 50);
            there.awaitAll(0, 50);
        }
    }

    @Test
    void aCleanSessionBeginsAnewEverywhereAndAnotherUserGetsNone() throws Exception {
        String other = near.accounts().devices().issue("other lamp", "test");
        await(() -> nearDoors.knows("other lamp") && farDoors.knows("other lamp"));
        try (Device device = new Device("shared")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/shared", 1);
            device.leave();
            device.user("other lamp", other);
            assertThat(device.connect(farDoors)).as("another user's").isFalse();
            device.subscribe(TOPIC + "/shared", 1);
            device.leave();
            device.options.setCleanSession(true);
            assertThat(device.connect(nearDoors)).isFalse();
            device.leave();
            device.options.setCleanSession(false);
            assertThat(device.connect(farDoors)).as("it was ended").isFalse();
        }
    }

    @Test
    void whatIsGivenUpAndWhatIsOfQosZeroIsNotKept() throws Exception {
        try (Device device = new Device("chooses");
                Device witness = new Device("witness")) {
            witness.connect(farDoors);
            witness.subscribe(TOPIC + "/zero", 0);
            witness.subscribe(TOPIC + "/gone", 0);
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/zero", 0);
            device.subscribe(TOPIC + "/one", 1);
            device.subscribe(TOPIC + "/gone", 1);
            device.client.unsubscribe(TOPIC + "/gone");
            assertThat(filters("chooses")).as("once it is acknowledged").doesNotContain("gone");
            device.leave();
            publish(near, "zero", 100, 105);
            publish(near, "gone", 105, 110);
            publish(near, "one", 10, 20);
            await(() -> witness.got.size() == 10); // so far has given them out
            assertThat(device.connect(farDoors)).isTrue();
            device.awaitOnce(10, 20);
            publish(near, "gone", 110, 115);
            publish(near, "one", 20, 30);
            device.awaitOnce(20, 30);
            assertThat(device.got).isEmpty();
        }
    }

    @Test
    void whatIsAcknowledgedIsInTheRowHoweverFiltersComeAndGo() throws Exception {
        try (Device device = new Device("fickle")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/0", 1);
            for (int i = 0; i < 30; i++) {
                device.client.unsubscribe(TOPIC + "/" + i);
                device.subscribe(TOPIC + "/" + (i + 1), 1);
                assertThat(filters("fickle")).isEqualTo("{" + TOPIC + "/" + (i + 1) + "}");
            }
            device.leave();
        }
    }

    @Test
    void unsubscribingIsAcknowledgedAfterTheRowIsWritten() throws Exception {
        try (Device device = new Device("slow");
                var connection = near.database().connect("test");
                var statement = connection.createStatement()) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/slow", 1);
            connection.setAutoCommit(false);
            statement.execute("select from rowhouse.mqtt_session where client = 'slow' for update");
            var acknowledged =
                    CompletableFuture.runAsync(() -> {
                        try {
                            device.client.unsubscribe(TOPIC + "/slow");
                        } catch (MqttException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            await(() -> !count("pg_locks where not granted").equals("0"));
            assertThat(acknowledged).isNotDone();
            connection.rollback();
            acknowledged.join();
            assertThat(filters("slow")).isEqualTo("{}");
            device.leave();
        }
    }

    private static String count(String what) {
        try (var connection = near.database().connect("test");
                var statement = connection.createStatement();
                var row = statement.executeQuery("select count(*)::text from " + what)) {
            row.next();
            return row.getString(1);
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whoIsConnectedIsNotSweptByOthersAndGetsALostRowAgain() throws Exception {
        try (Device device = new Device("long quiet")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/quiet", 1);
            String kept = filters("long quiet");
            String old = " set seen_at = now() - interval '9 days' where client = 'long quiet'";
            run("update rowhouse.mqtt_session" + old);
            sweepElsewhere();
            assertThat(filters("long quiet")).as("of a node that is up").isEqualTo(kept);
            run("update rowhouse.mqtt_session set node = 'down' where client = 'long quiet'");
            sweepElsewhere();
            assertThat(filters("long quiet")).as("of a node that is down").isEqualTo("none");
            publish(near, "quiet", 0, 5);
            device.awaitAll(0, 5);
            await(() -> filters("long quiet").equals(kept));
            device.leave();
            publish(near, "quiet", 5, 10);
            assertThat(device.connect(farDoors)).isTrue();
            device.awaitAll(5, 10);
        }
    }

    /** As a node does that has none of these sessions. */
    private static void sweepElsewhere() throws Exception {
        try (var connection = near.database().connect("test")) {
            NamedSql.load(SessionRows.class, "sql/sweep")
                    .execute(connection, Map.of("node", "elsewhere", "most", 100));
        }
    }

    @Test
    void withoutTheDatabaseASessionIsNotTakenForANewOne() throws Exception {
        try (Device device = new Device("careful")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/careful", 1);
            device.leave();
            run("alter table rowhouse.mqtt_session rename to away");
            try {
                assertThatThrownBy(() -> device.connect(farDoors))
                        .isInstanceOfSatisfying(
                                MqttException.class,
                                e ->
                                        assertThat(e.getReasonCode())
                                                .isEqualTo(
                                                        MqttException
                                                                .REASON_CODE_BROKER_UNAVAILABLE));
            } finally {
                run("alter table rowhouse.away rename to mqtt_session");
            }
            assertThat(device.connect(farDoors)).isTrue();
        }
    }

    @Test
    void aTopicThatIsMadeAnewIsReadFromItsOldestMessageOn() throws Exception {
        String topic = "remade";
        make(topic);
        try (Device away = new Device("away at the making");
                Device there = new Device("there at the making")) {
            away.connect(nearDoors);
            away.subscribe(topic + "/#", 1);
            there.connect(farDoors);
            there.subscribe(topic + "/#", 1);
            publish(near, topic, "a", 0, 100);
            away.awaitAll(0, 100);
            there.awaitAll(0, 100);
            away.leave();
            near.messages().topics("test").drop(topic);
            await(() -> !known(near, topic) && !known(far, topic));
            make(topic);
            publish(near, topic, "a", 100, 110);
            there.awaitAll(100, 110);
            assertThat(away.connect(farDoors)).as("session present").isTrue();
            away.awaitAll(100, 110);
            publish(far, topic, "a", 110, 120);
            away.awaitAll(110, 120);
            there.awaitAll(110, 120);
        }
    }

    @Test
    void aGroupThatWasDroppedUnderALivingDoorIsBegunAnewAndNothingIsMissed() throws Exception {
        try (Device device = new Device("robbed")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/robbed/#", 1);
            publish(near, "robbed/a", 0, 10);
            device.awaitAll(0, 10);
            near.messages().topics("test").dropGroup(TOPIC, "mqtt.node-near");
            publish(near, "robbed/a", 10, 60);
            make("whatever"); // topics have changed: the door looks before its sweep
            publish(near, "robbed/a", 60, 70);
            device.awaitAll(10, 70);
        }
    }

    private static void make(String topic) {
        near.messages().topics("test").set(topic, Topics.Settings.ofLogs(3));
        await(() -> known(near, topic) && known(far, topic));
    }

    private static boolean known(Rowhouse node, String topic) {
        return node.messages().topicNames().contains(topic);
    }

    @Test
    void whoBeginsAnewComesInWithoutTheDatabaseAndFindsNothingOldLater() throws Exception {
        try (Device device = new Device("fresh")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/fresh", 1);
            device.leave();
            device.options.setCleanSession(true);
            run("alter table rowhouse.mqtt_session rename to away");
            try {
                assertThat(device.connect(farDoors)).as("session present").isFalse();
                device.leave();
            } finally {
                run("alter table rowhouse.away rename to mqtt_session");
            }
            device.options.setCleanSession(false);
            assertThat(device.connect(farDoors)).as("at the same node, at once").isFalse();
            assertThat(filters("fresh")).isEqualTo("{}");
            device.leave();
            assertThat(device.connect(nearDoors)).as("at the first").isFalse();
            device.leave();
        }
    }

    @Test
    void aRowIsWrittenOnlyIfItsClientHasGotFurther() throws Exception {
        try (Device device = new Device("steady")) {
            device.connect(nearDoors);
            device.subscribe(TOPIC + "/steady", 1);
            publish(near, "steady", 0, 5);
            device.awaitAll(0, 5);
            await(() -> column("steady", "seen_at < now() - interval '2 seconds'").equals("true"));
            String seen = column("steady", "seen_at");
            String written = column("steady", "xmin");
            publish(near, "steady", 5, 10);
            device.awaitAll(5, 10);
            await(() -> !column("steady", "xmin").equals(written));
            assertThat(column("steady", "seen_at")).as("is indexed").isEqualTo(seen);
            device.leave();
        }
    }

    private static void run(String sql) throws Exception {
        try (var connection = near.database().connect("test");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String filters(String client) {
        return column(client, "filters");
    }

    private static String column(String client, String expression) {
        try (var connection = near.database().connect("test");
                var statement =
                        connection.prepareStatement(
                                "select (%s)::text from rowhouse.mqtt_session where client = ?"
                                        .formatted(expression))) {
            statement.setString(1, client);
            try (var row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : "none";
            }
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void publish(Rowhouse node, String key, int from, int to) {
        publish(node, TOPIC, key, from, to);
    }

    private static void publish(Rowhouse node, String topic, String key, int from, int to) {
        for (int i = from; i < to; i += 50) {
            List<Publication> batch = new ArrayList<>();
            for (int j = i; j < Math.min(i + 50, to); j++) {
                batch.add(Publication.of(topic, key, String.valueOf(j)));
            }
            batch.stream().map(node.messages()::submit).toList().forEach(one -> one.join());
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** A node in a process of its own, on the same database. */
    private static Process node(int port) throws IOException {
        Path home = Files.createTempDirectory(folder, "killed");
        ProcessBuilder builder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NodeMain.class.getName(),
                                "--home",
                                home.toString(),
                                "--name",
                                "killed",
                                "--mqtt",
                                String.valueOf(port))
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("log").toFile());
        builder.environment()
                .putAll(
                        Map.of(
                                "ROWHOUSE_DATABASE",
                                near.database().connectionString(true),
                                NodeMain.SUPERVISOR,
                                Long.toString(ProcessHandle.current().pid())));
        return builder.start();
    }

    private static void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("in time").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    /** A client that keeps its session. */
    private static final class Device implements AutoCloseable, MqttCallback {
        final BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
        final MqttConnectOptions options = new MqttConnectOptions();
        final String name;
        volatile boolean lost;
        MqttClient client;

        Device(String name) {
            this.name = name;
            options.setCleanSession(false);
            user("lamp", token);
        }

        void user(String user, String password) {
            options.setUserName(user);
            options.setPassword(password.toCharArray());
        }

        /** Whether there was a session. */
        boolean connect(EdgeDoors doors) throws MqttException {
            return connect("tcp://127.0.0.1:" + doors.mqttAddress().getPort());
        }

        boolean connect(String url) throws MqttException {
            client = new MqttClient(url, name, new MemoryPersistence());
            client.setCallback(this);
            lost = false;
            IMqttToken connected = client.connectWithResult(options);
            return connected.getSessionPresent();
        }

        boolean tries(String url) {
            try {
                connect(url);
                return true;
            } catch (MqttException e) {
                return false;
            }
        }

        void subscribe(String filter, int qos) throws MqttException {
            client.subscribe(filter, qos);
        }

        void leave() throws MqttException {
            client.disconnect();
            client.close();
        }

        /** Waits for these numbers, each at least once and in order where it comes first. */
        void awaitAll(int from, int to) throws InterruptedException {
            LinkedHashSet<Integer> seen = new LinkedHashSet<>();
            await(() -> {
                for (Integer one = got.poll(); one != null; one = got.poll()) {
                    if (one >= from) { // others have come before, and are sent again
                        seen.add(one);
                    }
                }
                return seen.size() >= to - from;
            });
            assertThat(List.copyOf(seen)).isSorted().hasSize(to - from).contains(from, to - 1);
        }

        /** The same, but nothing else from there on, and nothing twice. */
        void awaitOnce(int from, int to) {
            List<Integer> came = new ArrayList<>();
            await(() -> {
                for (Integer one = got.poll(); one != null; one = got.poll()) {
                    if (one >= from) { // others have come before, and are sent again
                        came.add(one);
                    }
                }
                return came.size() >= to - from;
            });
            assertThat(came).isEqualTo(IntStream.range(from, to).boxed().toList());
        }

        @Override
        public void connectionLost(Throwable cause) {
            lost = true;
        }

        @Override
        public void messageArrived(String topic, MqttMessage message) {
            got.add(Integer.valueOf(message.toString()));
        }

        @Override
        public void deliveryComplete(IMqttDeliveryToken delivered) {}

        @Override
        public void close() throws MqttException {
            if (client != null && client.isConnected()) {
                client.disconnect();
            }
        }
    }
}
