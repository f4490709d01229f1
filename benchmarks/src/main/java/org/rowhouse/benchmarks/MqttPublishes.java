package org.rowhouse.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.mqtt.Gatekeeper;
import org.rowhouse.mqtt.MqttDoor;
import org.rowhouse.mqtt.Topics;

/**
 * A device that publishes by MQTT, QoS 1, with 64 messages that are not acknowledged yet: the door
 * beside mosquitto 2.0, both in memory, and both with the same client. The topic is one that the
 * kernel does not have: nothing is durable on either side.
 */
final class MqttPublishes {
    private static final int OUTSTANDING = 64;
    private static final Duration START_MAX = Duration.ofSeconds(10);

    private MqttPublishes() {}

    /** Measures the row; without mosquitto on the machine it says how to get it. */
    static void run(Session session) {
        Publishing work = new Publishing();
        if (!session.wants(work.figures().getFirst().name())) {
            return;
        }
        try (MqttDoor door =
                        MqttDoor.open(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                null,
                                Topics.none(),
                                (user, _) -> new Gatekeeper.Guest(user, true));
                Mosquitto mosquitto = Mosquitto.start(session.folder())) {
            new Contest<>(
                            session,
                            new Side<>("Rowhouse", door.address()),
                            new Side<>("mosquitto " + mosquitto.version, mosquitto.address))
                    .run(List.of(work));
        }
    }

    /** One connection that publishes 64 bytes again and again. */
    private record Publishing() implements Workload<InetSocketAddress> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.rate(
                            "MQTT QoS 1 publish, " + OUTSTANDING + " outstanding",
                            "messages/s",
                            new Target.Ratio(0.5)));
        }

        @Override
        public List<Double> measure(InetSocketAddress broker, Duration time) {
            try (MqttSender sender = new MqttSender(broker, OUTSTANDING)) {
                return List.of(sender.publish(time));
            } catch (IOException e) {
                throw new RowhouseException(
                        ErrorCode.INTERNAL, "The MQTT client lost its connection.", e);
            }
        }
    }

    /** A broker of its own, without a store. */
    private static final class Mosquitto implements AutoCloseable {
        final InetSocketAddress address;
        final String version;
        private final Process process;

        private Mosquitto(InetSocketAddress address, String version, Process process) {
            this.address = address;
            this.version = version;
            this.process = process;
        }

        static Mosquitto start(Path folder) {
            try {
                int port = freePort();
                Path settings =
                        Files.writeString(
                                folder.resolve("mosquitto.conf"),
                                """
                                listener %d 127.0.0.1
                                allow_anonymous true
                                persistence false
                                log_dest none
                                user root
                                """
                                        .formatted(port));
                String version = version();
                Process process =
                        new ProcessBuilder("mosquitto", "-c", settings.toString())
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start();
                InetSocketAddress address =
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
                awaitOpen(address, process);
                return new Mosquitto(address, version, process);
            } catch (IOException e) {
                throw new RowhouseException(
                        ErrorCode.NOT_FOUND,
                        "mosquitto 2.0 cannot be started (%s): `apt-get install mosquitto`."
                                .formatted(e.getMessage()),
                        e);
            }
        }

        private static int freePort() throws IOException {
            try (var socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            }
        }

        private static String version() throws IOException {
            Process help = new ProcessBuilder("mosquitto", "-h").redirectErrorStream(true).start();
            String text = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return text.lines().findFirst().orElse("").replaceFirst(".* ", "");
        }

        private static void awaitOpen(InetSocketAddress address, Process process)
                throws IOException {
            long endNs = System.nanoTime() + START_MAX.toNanos();
            while (true) {
                try (Socket probe = new Socket()) {
                    probe.connect(address);
                    return;
                } catch (IOException e) {
                    if (!process.isAlive() || System.nanoTime() - endNs > 0) {
                        process.destroy();
                        throw e;
                    }
                    java.util.concurrent.locks.LockSupport.parkNanos(
                            Duration.ofMillis(20).toNanos());
                }
            }
        }

        @Override
        public void close() {
            process.destroy();
            try {
                if (!process.waitFor(START_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
        }
    }
}
