package org.rowhouse.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.mqtt.Gatekeeper;
import org.rowhouse.mqtt.MqttDoor;
import org.rowhouse.mqtt.Topics;
import org.rowhouse.node.EdgeDoors;
import org.rowhouse.node.EdgeOptions;
import org.rowhouse.node.Rowhouse;

/**
 * A device that publishes by MQTT, QoS 1, with 64 messages that are not acknowledged yet, by the
 * same client on both sides.
 *
 * <p>The plain row is in memory on both sides: the topic is one that the kernel does not have. In
 * the other rows our topic is the kernel's, so that every acknowledged message is a row, synced to
 * disk. mosquitto syncs nothing: it stands beside it once in memory, and once as it keeps messages
 * for a reader who is away, in a file that it writes every second.
 */
final class MqttPublishes {
    private static final String PLAIN =
            "MQTT QoS 1 publish, " + MqttSender.OUTSTANDING + " outstanding";
    private static final Publishing IN_MEMORY = new Publishing(PLAIN, new Target.Ratio(0.5));
    private static final Publishing ROWS = new Publishing(PLAIN + ", to rows, fsync", null);
    private static final Publishing ROWS_KEPT =
            new Publishing(PLAIN + ", to rows, fsync; peer keeps too", null);
    private static final String DATABASE = "bus_mqtt";
    private static final String DEVICE = "bench";

    private MqttPublishes() {}

    /** A broker as a device sees it. */
    private interface Broker {
        /** Forgets what was published before, where it would be in the way of what comes. */
        void clear() throws IOException;

        /** A device that is let in. */
        MqttSender connect() throws IOException;
    }

    /**
     * Measures the rows; blocks.
     *
     * @throws RowhouseException NOT_FOUND without mosquitto on the machine
     */
    static void run(Session session) {
        Path folder = session.folder().resolve("mqtt");
        boolean rows = session.wantsAny(List.of(ROWS));
        boolean rowsKept = session.wantsAny(List.of(ROWS_KEPT));
        if (session.wantsAny(List.of(IN_MEMORY))) {
            inMemory(session, folder);
        }
        if (!rows && !rowsKept) {
            return;
        }
        session.administrator().createDatabase(DATABASE, session.server().user());
        Server server = session.server().database(DATABASE);
        try (Rowhouse node = Nodes.open(server, folder);
                Door door = Door.open(node)) {
            var topics = node.messages().topics("benchmark");
            topics.set(MqttSender.TOPIC, org.rowhouse.messages.Topics.Settings.USUAL);
            Broker ours = new Plain(Objects.requireNonNull(door.doors.mqttAddress()), door.token);
            if (rows) {
                try (Mosquitto peer = Mosquitto.inMemory(folder.resolve("peer"))) {
                    contest(session, ours, peer.name(), new Plain(peer.address(), null), ROWS);
                }
            }
            if (rowsKept) {
                try (Mosquitto peer = Mosquitto.keeping(folder.resolve("keeping"))) {
                    String name = peer.name() + ", a file each second, no sync";
                    contest(session, ours, name, new Keeping(peer.address()), ROWS_KEPT);
                }
            }
        }
        session.administrator().dropDatabase(DATABASE);
    }

    /** A node's door, and a device's token that it knows. */
    private record Door(String token, EdgeDoors doors) implements AutoCloseable {
        static Door open(Rowhouse node) {
            String token = node.accounts().devices().issue(DEVICE, "benchmark");
            return new Door(token, EdgeDoors.open(node, new EdgeOptions(0, null, null, List.of())));
        }

        @Override
        public void close() {
            doors.close();
        }
    }

    private static void inMemory(Session session, Path folder) {
        try (MqttDoor door =
                        MqttDoor.open(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                null,
                                Topics.none(),
                                null,
                                (user, _, _) -> new Gatekeeper.Guest(user, true));
                Mosquitto peer = Mosquitto.inMemory(folder.resolve("peer"))) {
            Broker ours = new Plain(door.address(), null);
            contest(session, ours, peer.name(), new Plain(peer.address(), null), IN_MEMORY);
        }
    }

    private static void contest(
            Session session, Broker ours, String peerName, Broker peer, Publishing work) {
        new Contest<>(session, new Side<>("Rowhouse", ours), new Side<>(peerName, peer))
                .run(List.of(work));
    }

    /** One that has nothing to clear. */
    private record Plain(InetSocketAddress address, @Nullable String password) implements Broker {
        @Override
        public void clear() {
            // What was published before does not slow it.
        }

        @Override
        public MqttSender connect() throws IOException {
            return MqttSender.open(address, DEVICE, password, true);
        }
    }

    /** One whose messages wait for a reader that is away. */
    private record Keeping(InetSocketAddress address) implements Broker {
        private static final String READER = "reader";

        @Override
        public void clear() throws IOException {
            MqttSender.open(address, READER, null, true).close(); // what waited for it is gone
            try (MqttSender reader = MqttSender.open(address, READER, null, false)) {
                reader.subscribe();
            }
        }

        @Override
        public MqttSender connect() throws IOException {
            return MqttSender.open(address, DEVICE, null, true);
        }
    }

    /** One connection that publishes 64 bytes again and again. */
    private record Publishing(String name, @Nullable Target target) implements Workload<Broker> {
        @Override
        public List<Figure> figures() {
            return List.of(Figure.rate(name, "messages/s", target));
        }

        @Override
        public List<Double> measure(Broker broker, Duration time) {
            try {
                broker.clear();
                try (MqttSender sender = broker.connect()) {
                    return List.of(sender.publish(time));
                }
            } catch (IOException e) {
                throw new RowhouseException(
                        ErrorCode.INTERNAL, "The MQTT client lost its connection.", e);
            }
        }
    }
}
