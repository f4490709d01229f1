package org.rowhouse.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** A mosquitto of its own, which lives as long as it is open. */
final class Mosquitto implements AutoCloseable {
    private static final Duration START_MAX = Duration.ofSeconds(10);
    private static final Duration PROBE_PAUSE = Duration.ofMillis(20);

    private final InetSocketAddress address;
    private final String version;
    private final Process process;

    private Mosquitto(InetSocketAddress address, String version, Process process) {
        this.address = address;
        this.version = version;
        this.process = process;
    }

    /**
     * One that has nothing on disk.
     *
     * @param folder gets its settings
     * @throws RowhouseException NOT_FOUND with how to get it
     */
    static Mosquitto inMemory(Path folder) {
        return start(folder, "persistence false\n");
    }

    /** One that writes all that waits for absent readers to a file every second; it never syncs. */
    static Mosquitto keeping(Path folder) {
        return start(
                folder,
                """
                persistence true
                persistence_location %s/
                autosave_interval 1
                max_queued_messages 0
                max_queued_bytes 0
                """
                        .formatted(folder));
    }

    private static Mosquitto start(Path folder, String settings) {
        try {
            Files.createDirectories(folder);
            int port = freePort();
            String common =
                    """
                    listener %d 127.0.0.1
                    allow_anonymous true
                    log_dest none
                    user root
                    """
                            .formatted(port);
            Path file = Files.writeString(folder.resolve("mosquitto.conf"), common + settings);
            String version = readVersion();
            Process process =
                    new ProcessBuilder("mosquitto", "-c", file.toString())
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
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static String readVersion() throws IOException {
        Process help = new ProcessBuilder("mosquitto", "-h").redirectErrorStream(true).start();
        String text = new String(help.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return text.lines().findFirst().orElse("").replaceFirst(".* ", "");
    }

    private static void awaitOpen(InetSocketAddress address, Process process) throws IOException {
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
                LockSupport.parkNanos(PROBE_PAUSE.toNanos());
            }
        }
    }

    InetSocketAddress address() {
        return address;
    }

    /** Its name as the report prints it. */
    String name() {
        return "mosquitto " + version;
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
