package org.rowhouse.wire;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A process for tests of rings. Arguments: {@code serve FOLDER} to listen, {@code ask FOLDER} to
 * ask for ever, {@code publish FILE} to broadcast for ever, {@code subscribe FILE} to subscribe and
 * take one item. Says a line when it is ready; ends with its input.
 */
final class RingPeer {
    private RingPeer() {}

    /** Starts one in a JVM of its own, and waits until it is ready. */
    static Process start(String what, Path where) throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                RingPeer.class.getName(),
                                what,
                                where.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        if (process.inputReader().readLine() == null) {
            throw new IOException("the other process is not ready");
        }
        return process;
    }

    public static void main(String[] args) throws IOException {
        Path where = Path.of(args[1]);
        switch (args[0]) {
            case "serve" -> {
                Listener listener = Wire.listenRings(where, Gate.shownOnly(), "other", new Echo());
                System.out.println("ready");
                listener.connections();
            }
            case "ask" -> {
                Connection connection =
                        Wire.connectRings(where, Credentials.shown("asker"), new Echo());
                Thread.ofPlatform().daemon().start(() -> ask(connection));
                Thread.ofPlatform().daemon().start(() -> waitFor(connection));
                System.out.println("ready");
            }
            case "publish" -> {
                Broadcast broadcast = Wire.broadcast(where);
                System.out.println("ready");
                Thread.ofPlatform().daemon().start(() -> publish(broadcast));
            }
            default -> {
                Subscription subscription = Wire.subscribe(where);
                System.out.println("ready");
                subscription.receive();
            }
        }
        while (System.in.read() >= 0) {
            // Its maker says nothing.
        }
        System.exit(0);
    }

    private static void ask(Connection connection) {
        while (true) {
            connection.call(Echo.QUICK, new byte[100], CallOptions.within(Duration.ofSeconds(60)));
        }
    }

    private static void waitFor(Connection connection) {
        connection.call(Echo.WAITS, new byte[0], CallOptions.within(Duration.ofSeconds(60)));
    }

    private static void publish(Broadcast broadcast) {
        while (true) {
            broadcast.publish(new byte[100]);
        }
    }
}
