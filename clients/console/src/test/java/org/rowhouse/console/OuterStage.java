package org.rowhouse.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.NodeMain;

/** A node in a process of its own, which may be killed, with a database that may fall silent. */
final class OuterStage extends Stage {
    private static final long PATIENCE_NS = TimeUnit.MINUTES.toNanos(2);

    private Process node;
    private String address;

    OuterStage() {
        super("rowhouse-console-outage-");
    }

    /** Starts the node; after a death, it answers where it did before. */
    void begin() throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NodeMain.class.getName(),
                                "--home",
                                home.path().toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        // It ends by itself if these tests do without a word.
        builder.environment()
                .put(NodeMain.SUPERVISOR, Long.toString(ProcessHandle.current().pid()));
        node = builder.start();
        address = awaitAddress();
    }

    private Path log() {
        return home.path().resolve("test.log");
    }

    /** The node writes where it answers into its home. */
    private String awaitAddress() throws IOException, InterruptedException {
        long endNs = System.nanoTime() + PATIENCE_NS;
        NodeFile file = null;
        while (file == null || file.pid() != node.pid()) {
            if (node.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() > endNs) {
                throw new AssertionError(Files.readString(log()));
            }
            file = NodeFile.read(home);
        }
        return file.address();
    }

    @Override
    String address() {
        return address;
    }

    /** Kills it as by SIGKILL; its database goes on. */
    void killNode() throws InterruptedException {
        node.destroyForcibly().waitFor();
    }

    /** Stops all processes of the database: its connections stay, and nobody answers. */
    void stopDatabase() throws IOException, InterruptedException {
        signalDatabase("STOP");
    }

    /** Lets them go on. */
    void continueDatabase() throws IOException, InterruptedException {
        signalDatabase("CONT");
    }

    private void signalDatabase(String signal) throws IOException, InterruptedException {
        Path file = home.database().resolve("data").resolve("postmaster.pid");
        long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
        ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        Stream.concat(Stream.of(server), server.descendants())
                .forEach(each -> command.add(String.valueOf(each.pid())));
        new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    @Override
    public void close() {
        if (node != null) {
            node.destroy();
            try {
                if (!node.waitFor(1, TimeUnit.MINUTES)) {
                    node.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        removeHome();
    }
}
