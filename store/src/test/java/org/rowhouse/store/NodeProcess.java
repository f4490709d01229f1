package org.rowhouse.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A node in a process of its own, which tests may kill. */
final class NodeProcess implements AutoCloseable {
    private final Process process;

    private NodeProcess(Process process) {
        this.process = process;
    }

    /** What the process runs: opens the database, says so, and waits for the end of its input. */
    public static void main(String[] arguments) throws IOException {
        try (Database database =
                Database.open(Home.at(Path.of(arguments[0])), DatabaseSettings.embedded())) {
            System.out.println("ready " + database.serverVersion());
            while (System.in.read() >= 0) {
                // waits
            }
        }
    }

    /** Starts a node on {@code home} and waits for nothing. */
    static Process spawn(Home home) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NodeProcess.class.getName(),
                        home.path().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Starts a node on {@code home} and waits until its database is ready. */
    static NodeProcess start(Home home) throws IOException {
        Process process = spawn(home);
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line == null || !line.startsWith("ready")) {
            process.destroyForcibly();
            throw new IllegalStateException("the node did not start: " + line);
        }
        return new NodeProcess(process);
    }

    long pid() {
        return process.pid();
    }

    /** Kills it as kill -9 does, and waits for its end. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
