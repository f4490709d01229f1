package org.rowhouse.distribution;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.cli.Main;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.NodeMain;
import org.rowhouse.store.Database;
import org.rowhouse.store.Home;

/**
 * A real node under the real launcher, with its flags: only Maven is left out, and the recording of
 * start-up caches. What it runs are the classes of this build.
 */
final class RealNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Path folder;
    private final Checkout checkout;
    private final Home home;
    private final Map<String, String> environment;
    private final Process supervisor;
    private long pid;
    private volatile long diedNs;
    private @Nullable Connection line;

    private RealNode(Path folder, String javaOptions) throws IOException {
        this.folder = folder;
        this.checkout = new Checkout(folder);
        this.home = Home.at(folder.resolve("my home"));
        this.environment =
                Map.of(
                        "ROWHOUSE_HOME", home.toString(),
                        "ROWHOUSE_JAVA_OPTS", javaOptions,
                        "ROWHOUSE_JAVA_HOME", jdk().toString());
        useRealClasses();
        this.supervisor = supervise();
        Thread.ofPlatform().daemon(true).start(this::watchForDeath);
        awaitUp();
    }

    /** Starts one, and waits until it answers. */
    static RealNode start(Path folder, String javaOptions) throws IOException {
        return new RealNode(folder, javaOptions);
    }

    private Path jdk() {
        Path real = Path.of(System.getProperty("java.home"));
        Path jdk = Checkout.writeJdk(folder.resolve("real jdk"), "25.0.1");
        Checkout.write(
                jdk.resolve("bin/java"),
                """
                #!/bin/sh
                case "$*" in *AOTCacheOutput*) exit 0 ;; esac
                exec "%s/bin/java" "$@"
                """
                        .formatted(real));
        return jdk;
    }

    /** Maven's part: jars with nothing in them but a manifest that names all the others. */
    private void useRealClasses() throws IOException {
        Path lib = folder.resolve("lib");
        Files.createDirectories(lib);
        writeJar(lib.resolve("rowhouse.jar"), Main.class);
        writeJar(lib.resolve("rowhouse-daemon.jar"), NodeMain.class);
        Checkout.write(
                checkout.root.resolve("mvnw"),
                "mkdir -p distribution/target/dist && cp -R '%s' distribution/target/dist/lib"
                        .formatted(lib));
    }

    private static void writeJar(Path jar, Class<?> main) throws IOException {
        String classPath =
                Arrays.stream(System.getProperty("java.class.path").split(":"))
                        .map(entry -> Path.of(entry).toAbsolutePath().toUri().toString())
                        .collect(Collectors.joining(" "));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main.getName());
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
        manifest.getMainAttributes().putValue("Enable-Native-Access", "ALL-UNNAMED");
        try (OutputStream out = Files.newOutputStream(jar)) {
            new JarOutputStream(out, manifest).close();
        }
    }

    private Process supervise() throws IOException {
        List<String> words =
                List.of(
                        checkout.root.resolve("rowhouse").toString(),
                        "__node",
                        "--home",
                        home.toString());
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().keySet().removeIf(name -> name.startsWith("ROWHOUSE_"));
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(log().toFile());
        return builder.start();
    }

    private Path log() {
        return folder.resolve("node.log");
    }

    /** All that node and supervisor said. */
    String said() {
        return Checkout.read(log());
    }

    /** Runs a command by the launcher. */
    Checkout.Result command(String... words) {
        return checkout.run(checkout.root.resolve("rowhouse"), environment, words);
    }

    /** Waits until a node answers that is not the one of the last time. */
    void awaitUp() {
        await(() -> {
            NodeFile now = NodeFile.read(home);
            if (now == null || now.pid() == pid || !answers(now)) {
                return false;
            }
            pid = now.pid();
            return true;
        });
    }

    private static boolean answers(NodeFile node) throws IOException {
        URI address = URI.create(node.address());
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), 1_000);
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes());
            return socket.getInputStream().read() == 'H';
        }
    }

    /** The process that answered last. */
    ProcessHandle process() {
        return ProcessHandle.of(pid).orElseThrow();
    }

    /** The supervisor's, which must have ended. */
    int exitCode() {
        return supervisor.exitValue();
    }

    boolean supervised() {
        return supervisor.isAlive();
    }

    /** Notes when the node dies: the supervisor's child that is a JVM. */
    private void watchForDeath() {
        while (supervisor.isAlive()) {
            supervisor
                    .children()
                    .filter(RealNode::isJava)
                    .findFirst()
                    .ifPresent(java -> {
                        java.onExit().join();
                        diedNs = System.nanoTime();
                    });
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }

    private static boolean isJava(ProcessHandle process) {
        return process.info().command().filter(command -> command.endsWith("/java")).isPresent();
    }

    /** Waits for the next node; gives the time from the last death to its first answer. */
    Duration awaitReturn() {
        awaitUp();
        return Duration.ofNanos(System.nanoTime() - diedNs);
    }

    /** Starts a task as psql does, which works whether the node lives or not. */
    UUID start(String function, String input, Object... options) throws SQLException {
        String more = options.length == 0 ? "" : ", timeout => ?::interval";
        List<Object> values = new ArrayList<>(List.of(function, input));
        values.addAll(List.of(options));
        return UUID.fromString(
                query(
                                "select rowhouse.start_task('bad', ?, ?::jsonb" + more + ")",
                                values.toArray())
                        .getFirst());
    }

    /** Waits until a task has ended; gives its state, and what its error says. */
    Map<String, String> end(UUID task) {
        Map<String, String> end = new HashMap<>();
        await(() -> {
            end.put("state", column("state", task));
            return List.of("succeeded", "failed", "cancelled", "parked").contains(end.get("state"));
        });
        try {
            end.put("message", column("error ->> 'message'", task));
            end.put("crashes", column("crashes", task));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return end;
    }

    private String column(String expression, UUID task) throws SQLException {
        return query(
                        "select coalesce(("
                                + expression
                                + ")::text, '') from rowhouse.task where id = ?",
                        task)
                .getFirst();
    }

    /** The first column of a query's rows, as text. */
    List<String> query(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                List<String> rows = new ArrayList<>();
                while (row.next()) {
                    rows.add(row.getString(1));
                }
                return rows;
            }
        }
    }

    /** One for all questions; the database outlives a node, and a line that broke is made anew. */
    private Connection connection() throws SQLException {
        if (line == null || !line.isValid(1)) {
            try (Database database = Database.attach(home)) {
                line = database.connect("test");
            }
        }
        return line;
    }

    /** Asks until it is true; a question that fails is asked again. */
    void await(Callable<Boolean> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isTrue(condition)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + "\n" + said());
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private static boolean isTrue(Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (Exception e) {
            return false;
        }
    }

    /** Stops all in order, and kills what does not stop. */
    @Override
    public void close() {
        hangUp();
        supervisor.destroy();
        try {
            if (!supervisor.waitFor(Duration.ofSeconds(30))) {
                supervisor.descendants().forEach(ProcessHandle::destroyForcibly);
                supervisor.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hangUp() {
        try {
            if (line != null) {
                line.close();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
