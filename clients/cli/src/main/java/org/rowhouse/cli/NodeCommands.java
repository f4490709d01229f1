package org.rowhouse.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.NodeMain;
import org.rowhouse.node.NodeOptions;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands that are about the node. */
final class NodeCommands {
    private NodeCommands() {}

    /** {@code rowhouse up}: starts the node and waits until it answers. */
    @CommandLine.Command
    static final class Up extends Command {
        private static final Duration PATIENCE = Duration.ofMinutes(2);
        private static final Duration PAUSE = Duration.ofMillis(50);
        private static final int TOKEN_LENGTH_MAX = 4_096;

        @Option(
                names = {"--join", "--database"},
                paramLabel = "URL",
                description =
                        "Joins the cluster of this PostgreSQL server's database, or begins one"
                                + " there (default: $$ROWHOUSE_DATABASE, else an embedded server)."
                                + " Or joins, once, by the token that `rowhouse token create`"
                                + " printed; '-' reads it from standard input.")
        @Nullable String database;

        @Option(
                names = "--listen",
                paramLabel = "HOST:PORT",
                description =
                        "Where the API answers; port 0 takes a free one, after a death the one"
                            + " before (default: 127.0.0.1:0). Any other host than loopback opens"
                            + " the node, and an embedded database, to other machines, by TLS.")
        String listen = NodeOptions.LISTEN;

        @CommandLine.Mixin EdgeFlags edge = new EdgeFlags();

        @Option(
                names = "--name",
                paramLabel = "NAME",
                description = "The node's name (default: the host's).")
        @Nullable String name;

        @Option(
                names = "--grpc",
                paramLabel = "PORT",
                description =
                        "Lets programs that speak gRPC call components, at this port of the"
                                + " address of --listen; 0 takes a free one (default: no such"
                                + " door).")
        @Nullable String grpc;

        @Option(
                names = "--calls",
                paramLabel = "PORT",
                description =
                        "The port, at the host of --listen, for calls of nodes on other machines;"
                                + " 0 takes a free one (the default), which a firewall cannot"
                                + " know.")
        @Nullable String calls;

        @Option(
                names = "--roles",
                paramLabel = "ROLE,...",
                description =
                        "What the node offers: processor (it runs tasks), memory, storage, device"
                                + " (default: all).")
        @Nullable String roles;

        @Option(
                names = "--zone",
                paramLabel = "ZONE",
                description = "Where it stands: nodes of one zone are near each other.")
        @Nullable String zone;

        @Option(
                names = "--tier",
                paramLabel = "TIER",
                description = "cloud, edge or device (default: cloud).")
        @Nullable String tier;

        @Option(
                names = "--labels",
                paramLabel = "LABEL,...",
                description = "Words that needs of tasks may ask for.")
        @Nullable String labels;

        @Option(
                names = "--cores",
                paramLabel = "N",
                description = "Cores for tasks, as in 4 or 0.5 (default: the machine's).")
        @Nullable String cores;

        @Option(
                names = "--memory",
                paramLabel = "SIZE",
                description = "Memory for tasks, as in 512M or 64G (default: the machine's).")
        @Nullable String memory;

        @Option(
                names = "--hwloc",
                paramLabel = "FILE",
                description = "Takes the machine's topology from a file of lstopo --of xml.")
        @Nullable String hwloc;

        @Option(
                names = "--foreground",
                description = "Stays here and shows what the node logs; Ctrl-C stops it.")
        boolean foreground;

        Up(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() throws IOException, InterruptedException {
            Home home = home();
            try (NodeClient running = NodeClient.find(home)) {
                if (running != null) {
                    shell.out()
                            .println(
                                    "A node is up already on "
                                            + home
                                            + ", at "
                                            + address(home, running)
                                            + ".");
                    return 0;
                }
            }
            home.create();
            join(home);
            return foreground ? inForeground(home) : detached(home);
        }

        /** Uses the token here, so that it is in no command line of the node. */
        private void join(Home home) throws IOException {
            String where = "-".equals(database) ? firstLine() : database;
            if (where == null || !where.strip().startsWith("rowhouse:")) {
                database = where;
                return;
            }
            database = null; // that of the cluster
            NodeOptions options = options(home);
            Rowhouse.join(
                    Rowhouse.Options.of(home.path())
                            .name(options.name())
                            .listen(options.outerHost()),
                    where);
        }

        private String firstLine() throws IOException {
            String all =
                    new String(
                            shell.in().readNBytes(TOKEN_LENGTH_MAX),
                            java.nio.charset.StandardCharsets.UTF_8);
            return all.lines().findFirst().orElse("");
        }

        private NodeOptions options(Home home) {
            List<String> words =
                    new ArrayList<>(List.of("--home", home.path().toString(), "--listen", listen));
            if (database != null) {
                words.addAll(List.of("--database", database));
            }
            add(words, "--name", name);
            add(words, "--grpc", grpc);
            add(words, "--calls", calls);
            add(words, "--roles", roles);
            add(words, "--zone", zone);
            add(words, "--tier", tier);
            add(words, "--labels", labels);
            add(words, "--cores", cores);
            add(words, "--memory", memory);
            add(words, "--hwloc", hwloc == null ? null : shell.folder().resolve(hwloc).toString());
            words.addAll(edge.words());
            return NodeOptions.parse(words, shell.environment());
        }

        private static void add(List<String> words, String option, @Nullable String value) {
            if (value != null) {
                words.addAll(List.of(option, value));
            }
        }

        /** Where the node answers: for other machines too if it does. */
        private static String address(Home home, NodeClient client) {
            NodeFile file = NodeFile.read(home);
            return file == null || file.outer() == null ? client.address() : file.outer();
        }

        private int inForeground(Home home) throws IOException, InterruptedException {
            Process node = builder(options(home), false).inheritIO().start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(node), "stop"));
            return node.waitFor();
        }

        private static void stopAndWait(Process node) {
            node.destroy();
            try {
                node.waitFor(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private int detached(Home home) throws IOException, InterruptedException {
            Files.createDirectories(home.logs());
            Path log = home.logs().resolve("node.log");
            long logged = Files.exists(log) ? Files.size(log) : 0;
            Process node =
                    builder(options(home), true)
                            .directory(home.path().toFile())
                            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .redirectErrorStream(true)
                            .start();
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < endNs) {
                try (NodeClient client = NodeClient.find(home)) {
                    if (client != null) {
                        shell.out()
                                .println(
                                        "The node is up on "
                                                + home
                                                + ", at "
                                                + address(home, client)
                                                + ".");
                        return 0;
                    }
                }
                if (node.waitFor(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                    shell.say(lastWords(log, logged));
                    return node.exitValue() == 0
                            ? ErrorCode.NODE_UNAVAILABLE.exitCode()
                            : node.exitValue();
                }
            }
            node.destroy();
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "The node did not answer within "
                            + PATIENCE.toSeconds()
                            + " s and was stopped: see "
                            + log
                            + ".");
        }

        /** What the node said before it ended. */
        private static String lastWords(Path log, long from) throws IOException {
            byte[] all = Files.readAllBytes(log);
            int start = (int) Math.min(from, all.length);
            String words =
                    new String(
                                    all,
                                    start,
                                    all.length - start,
                                    java.nio.charset.StandardCharsets.UTF_8)
                            .strip();
            return words.isEmpty()
                    ? "rowhouse: the node ended without a word: see " + log + "."
                    : words;
        }

        /**
         * The launcher starts the node again when it dies; without it, as in tests, the JVM is
         * started here, with the same setting for more of its options.
         */
        private ProcessBuilder builder(NodeOptions options, boolean detach) {
            List<String> command = new ArrayList<>();
            if (shell.launcher() != null) {
                command.addAll(List.of(shell.launcher(), "__node"));
                if (detach) {
                    command.add("--detach");
                }
            } else {
                command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
                command.addAll(jvmOptions());
                command.addAll(
                        List.of(
                                "-cp",
                                System.getProperty("java.class.path"),
                                NodeMain.class.getName()));
            }
            command.addAll(options.words());
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(options.environment());
            return builder;
        }

        private List<String> jvmOptions() {
            String options = shell.environment().getOrDefault("ROWHOUSE_JAVA_OPTS", "").strip();
            return options.isEmpty() ? List.of() : List.of(options.split(" +"));
        }
    }

    /** {@code rowhouse down}: stops the node and waits until it has ended. */
    @CommandLine.Command
    static final class Down extends Command {
        private static final Duration PATIENCE = Duration.ofSeconds(60);

        Down(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() throws InterruptedException {
            Home home = home();
            NodeFile file = NodeFile.read(home);
            boolean stopped = stopNode(home) || stopSupervisor(file);
            if (stopped && file != null) {
                awaitEnd(file.pid());
                if (file.supervisor() != null) {
                    awaitEnd(file.supervisor());
                }
                shell.out().println("The node on " + home + " has stopped.");
            }
            if (stopDatabase(home)) {
                shell.out()
                        .println("The database that a killed node had left running has stopped.");
            } else if (!stopped) {
                shell.out().println("No node is up on " + home + ".");
            }
            return 0;
        }

        private static boolean stopNode(Home home) {
            try (NodeClient node = NodeClient.find(home)) {
                if (node == null) {
                    return false;
                }
                node.post("/stop", null);
                return true;
            }
        }

        /** A supervisor whose node is dead would start it again in a moment. */
        private static boolean stopSupervisor(@Nullable NodeFile file) {
            if (file == null || file.supervisor() == null) {
                return false;
            }
            return ProcessHandle.of(file.supervisor())
                    .filter(process -> process.info().commandLine().orElse("").contains(" __node"))
                    .map(ProcessHandle::destroy)
                    .orElse(false);
        }

        /** The server of a killed node goes on alone; to open it is to adopt it. */
        private static boolean stopDatabase(Home home) {
            if (!Files.isDirectory(home.database()) || home.holder().isPresent()) {
                return false;
            }
            try {
                Database.attach(home).close();
            } catch (RowhouseException e) {
                if (e.code() == ErrorCode.NODE_UNAVAILABLE) {
                    return false;
                }
            }
            Database.open(home, DatabaseSettings.embedded()).close();
            return true;
        }

        private static void awaitEnd(long pid) throws InterruptedException {
            ProcessHandle process = ProcessHandle.of(pid).orElse(null);
            if (process == null) {
                return;
            }
            try {
                process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (java.util.concurrent.ExecutionException
                    | java.util.concurrent.TimeoutException e) {
                throw new RowhouseException(
                        ErrorCode.NODE_UNAVAILABLE,
                        "Process "
                                + pid
                                + " was told to stop but has not ended within "
                                + PATIENCE.toSeconds()
                                + " s.",
                        e);
            }
        }
    }

    /** {@code rowhouse status}. */
    @CommandLine.Command
    static final class Status extends Command.WithJson {
        Status(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode status = node.get("/status");
                if (json) {
                    printJson(status);
                    return 0;
                }
                JsonNode self = status.path("node");
                shell.out()
                        .println(
                                style.green("up")
                                        + "  "
                                        + node.address()
                                        + "  version "
                                        + Text.of(self, "version")
                                        + "  pid "
                                        + Text.of(self, "pid"));
                shell.out().println("home      " + Text.of(self, "home"));
                shell.out()
                        .println(
                                "database  PostgreSQL "
                                        + Text.of(status, "server_version")
                                        + (self.path("database_embedded").asBoolean()
                                                ? ", embedded"
                                                : "")
                                        + ", "
                                        + Text.bytes(status.path("database_bytes").asLong()));
                shell.out()
                        .println(
                                "tasks     "
                                        + counted(status, "running")
                                        + " running, "
                                        + counted(status, "ready")
                                        + " ready, "
                                        + counted(status, "waiting")
                                        + " waiting, "
                                        + counted(status, "parked")
                                        + " parked; about "
                                        + Text.count(status.path("tasks_estimated").asLong())
                                        + " in all");
                shell.out()
                        .println(
                                "memory    "
                                        + Text.bytes(self.path("heap_used_bytes").asLong())
                                        + " of "
                                        + Text.bytes(self.path("heap_most_bytes").asLong())
                                        + " heap");
                return 0;
            }
        }
    }

    /** A count that stops at a bound. */
    static String counted(JsonNode object, String field) {
        long count = object.path(field).asLong();
        return Text.count(count) + (count >= 10_000 ? "+" : "");
    }

    /** {@code rowhouse calls}. */
    @CommandLine.Command
    static final class Calls extends Command.WithJson {
        @Option(
                names = "--minutes",
                paramLabel = "N",
                description = "Only the last N minutes (default: 60).")
        int minutes = 60;

        Calls(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode calls = node.get("/calls?minutes=" + minutes);
                if (json) {
                    printJson(calls);
                    return 0;
                }
                Table table =
                        new Table(
                                        "CALL",
                                        "REQUESTS",
                                        "STATEMENTS",
                                        "PER STATEMENT",
                                        "P50 US",
                                        "P99 US",
                                        "MAX US",
                                        "FAILED")
                                .right(1, 2, 3, 4, 5, 6, 7);
                for (JsonNode one : calls) {
                    table.add(
                            Text.of(one, "call"),
                            Text.of(one, "requests"),
                            Text.of(one, "batches"),
                            Text.of(one, "requests_per_batch"),
                            Text.of(one, "p50_us"),
                            Text.of(one, "p99_us"),
                            Text.of(one, "max_us"),
                            Text.of(one, "failures"));
                }
                print(table);
                return 0;
            }
        }
    }

    /** {@code rowhouse settings [NAME VALUE]}. */
    @CommandLine.Command
    static final class Settings extends Command.WithJson {
        @Parameters(
                index = "0",
                arity = "0..1",
                paramLabel = "NAME",
                description = "The setting to change.")
        @Nullable String name;

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "VALUE",
                description = "Its new value.")
        @Nullable String value;

        Settings(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                if (name != null && value == null) {
                    throw new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT,
                            "Give a value for the setting '" + name + "', or no name to list all.");
                }
                if (name != null) {
                    node.put(
                            "/settings/" + NodeClient.encode(name),
                            Map.of("value", String.valueOf(value)));
                }
                JsonNode settings = node.get("/settings");
                if (json) {
                    printJson(settings);
                    return 0;
                }
                Table table = new Table("NAME", "VALUE", "UNIT", "MEANING");
                for (JsonNode one : settings) {
                    table.add(
                            Text.of(one, "name"),
                            Text.of(one, "value"),
                            Text.of(one, "unit"),
                            Text.of(one, "meaning"));
                }
                print(table);
                return 0;
            }
        }
    }

    /** {@code rowhouse psql}. */
    @CommandLine.Command(
            footer = {
                "",
                "psql is not part of Rowhouse. With it installed: psql \"$$(rowhouse psql)\". The"
                        + " address holds the password."
            })
    static final class Psql extends Command {
        Psql(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                shell.out().println(Text.of(node.get("/connection"), "url"));
                return 0;
            }
        }
    }
}
