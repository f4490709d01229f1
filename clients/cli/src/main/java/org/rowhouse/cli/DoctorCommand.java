package org.rowhouse.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/**
 * {@code rowhouse doctor}: looks at the surroundings, changes nothing, and says how to mend what is
 * wrong.
 */
@CommandLine.Command
final class DoctorCommand extends Command.WithJson {
    private static final int JAVA_MIN = 25;
    private static final long HEAP_MIN_BYTES = 128L << 20;
    private static final long DISK_LOW_BYTES = 512L << 20;
    private static final long DISK_EMPTY_BYTES = 64L << 20;
    private static final Duration CLOCK_OFF = Duration.ofSeconds(2);

    @Option(
            names = "--database",
            paramLabel = "URL",
            description = "Without a node: checks this PostgreSQL server.")
    @Nullable String database;

    private final List<Finding> findings = new ArrayList<>();

    DoctorCommand(Shell shell) {
        super(shell);
    }

    /** How a check ended: ok, warning or wrong. */
    private enum Verdict {
        OK,
        WARNING,
        WRONG
    }

    /**
     * What a check found.
     *
     * @param mend what to do; empty if all is well
     */
    private record Finding(String check, Verdict verdict, String found, String mend) {
        Finding {
            if (verdict != Verdict.OK && mend.isEmpty()) {
                throw new IllegalArgumentException(check + " does not say how to mend it");
            }
        }
    }

    @Override
    public Integer call() {
        Home home = home();
        checkJava();
        checkHome(home.path());
        checkDisk(home.path());
        checkPorts();
        checkNode(home);
        if (json) {
            printJson(
                    NodeClient.JSON.valueToTree(
                            findings.stream()
                                    .map(one ->
                                            Map.of(
                                                    "check",
                                                    one.check,
                                                    "verdict",
                                                    one.verdict
                                                            .name()
                                                            .toLowerCase(java.util.Locale.ROOT),
                                                    "found",
                                                    one.found,
                                                    "mend",
                                                    one.mend))
                                    .toList()));
        } else {
            findings.forEach(this::print);
        }
        return findings.stream().anyMatch(one -> one.verdict == Verdict.WRONG)
                ? ErrorCode.NODE_UNAVAILABLE.exitCode()
                : 0;
    }

    private void print(Finding one) {
        String mark =
                switch (one.verdict) {
                    case OK -> style.green("ok     ");
                    case WARNING -> style.yellow("warning");
                    case WRONG -> style.red("wrong  ");
                };
        shell.out().println(mark + "  " + String.format("%-9s", one.check) + one.found);
        if (!one.mend.isEmpty()) {
            shell.out().println("         " + " ".repeat(9) + one.mend);
        }
    }

    private void add(String check, Verdict verdict, String found, String mend) {
        findings.add(new Finding(check, verdict, found, mend));
    }

    private void checkJava() {
        boolean compiler =
                Files.isExecutable(Path.of(System.getProperty("java.home"), "bin", "javac"));
        String found = "Java " + Runtime.version() + " at " + System.getProperty("java.home");
        if (Runtime.version().feature() < JAVA_MIN) {
            add(
                    "java",
                    Verdict.WRONG,
                    found,
                    "Rowhouse needs a JDK " + JAVA_MIN + " or newer: set JAVA_HOME to one.");
        } else if (!compiler) {
            add(
                    "java",
                    Verdict.WRONG,
                    found + ", without a compiler",
                    "Components are compiled from source: install the JDK, not only the runtime.");
        } else {
            add("java", Verdict.OK, found, "");
        }
        long memory = Runtime.getRuntime().maxMemory();
        boolean enough = memory >= HEAP_MIN_BYTES;
        add(
                "memory",
                enough ? Verdict.OK : Verdict.WARNING,
                Text.bytes(memory)
                        + " of heap for a command; a node takes a quarter of the machine's memory",
                enough
                        ? ""
                        : "Give the machine or container more memory, or this program a larger"
                                + " share: ROWHOUSE_JAVA_OPTS=-Xmx256m.");
    }

    private void checkHome(Path home) {
        Path nearest = home;
        while (nearest != null && !Files.exists(nearest)) {
            nearest = nearest.getParent();
        }
        if (nearest == null || !Files.isDirectory(nearest) || !Files.isWritable(nearest)) {
            add(
                    "rights",
                    Verdict.WRONG,
                    "the home "
                            + home
                            + " cannot be "
                            + (home.equals(nearest) ? "written" : "created"),
                    "Change the rights of " + nearest + ", or give another folder by --home.");
            return;
        }
        try {
            Set<PosixFilePermission> rights =
                    nearest.equals(home) ? Files.getPosixFilePermissions(home) : Set.of();
            boolean open =
                    rights.contains(PosixFilePermission.OTHERS_READ)
                            || rights.contains(PosixFilePermission.OTHERS_WRITE)
                            || rights.contains(PosixFilePermission.GROUP_WRITE);
            if (open) {
                add(
                        "rights",
                        Verdict.WARNING,
                        "the home " + home + " is open to other users",
                        "chmod 700 " + home);
            } else {
                add(
                        "rights",
                        Verdict.OK,
                        "the home "
                                + home
                                + (nearest.equals(home)
                                        ? " can be written by this user alone"
                                        : " can be created"),
                        "");
            }
        } catch (IOException | UnsupportedOperationException e) {
            add(
                    "rights",
                    Verdict.WARNING,
                    "the rights of " + home + " cannot be read: " + e.getMessage(),
                    "Use a file system with POSIX rights.");
        }
    }

    private void checkDisk(Path home) {
        Path nearest = home;
        while (nearest != null && !Files.exists(nearest)) {
            nearest = nearest.getParent();
        }
        if (nearest == null) {
            return;
        }
        try {
            FileStore store = Files.getFileStore(nearest);
            long free = store.getUsableSpace();
            Verdict verdict =
                    free < DISK_EMPTY_BYTES
                            ? Verdict.WRONG
                            : free < DISK_LOW_BYTES ? Verdict.WARNING : Verdict.OK;
            add(
                    "disk",
                    verdict,
                    Text.bytes(free) + " free on " + store.name() + " (" + store.type() + ")",
                    verdict == Verdict.OK
                            ? ""
                            : "Free some space, or move the home to a larger disk while the node is"
                                    + " down.");
        } catch (IOException e) {
            add(
                    "disk",
                    Verdict.WRONG,
                    "the disk cannot be looked at: " + e.getMessage(),
                    "Check that it is mounted.");
        }
    }

    private void checkPorts() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            add(
                    "ports",
                    Verdict.OK,
                    "a port of 127.0.0.1 can be opened (tried " + socket.getLocalPort() + ")",
                    "");
        } catch (IOException e) {
            add(
                    "ports",
                    Verdict.WRONG,
                    "no port of 127.0.0.1 can be opened: " + e.getMessage(),
                    "Bring up the loopback interface: ip link set lo up.");
        }
    }

    private void checkNode(Home home) {
        try (NodeClient node = NodeClient.find(home)) {
            if (node == null) {
                NodeFile stale = NodeFile.read(home);
                add(
                        "node",
                        Verdict.OK,
                        "none is up"
                                + (stale == null
                                        ? ""
                                        : "; the last one (process "
                                                + stale.pid()
                                                + ") did not stop in order, which is mended when"
                                                + " the next one starts"),
                        "`rowhouse up` starts one.");
                checkDatabase(home);
                return;
            }
            JsonNode status = node.get("/status");
            add("node", Verdict.OK, "up at " + node.address(), "");
            add(
                    "database",
                    Verdict.OK,
                    "PostgreSQL "
                            + Text.of(status, "server_version")
                            + ", "
                            + Text.bytes(status.path("database_bytes").asLong()),
                    "");
            checkClock(Text.instant(Text.of(status, "now")));
        } catch (RowhouseException e) {
            add(
                    "node",
                    Verdict.WRONG,
                    String.valueOf(e.getMessage()),
                    "See the node's log, "
                            + home.logs().resolve("node.log")
                            + "; `rowhouse down` and `rowhouse up` start it afresh, and nothing is"
                            + " lost.");
        }
    }

    /**
     * An embedded database is started with the node; only a server can be looked at without one.
     */
    private void checkDatabase(Home home) {
        DatabaseSettings settings = Rowhouse.databaseOf(home, database, shell.environment());
        if (settings.server() == null) {
            boolean there = Files.isDirectory(home.database());
            add(
                    "database",
                    Verdict.OK,
                    there
                            ? "embedded, in " + home.database() + "; it starts with the node"
                            : "embedded; it is made when the node first starts",
                    "");
            return;
        }
        try (Database opened = Database.open(home, settings)) {
            add(
                    "database",
                    Verdict.OK,
                    "PostgreSQL "
                            + opened.serverVersion() / 10_000
                            + " answers at "
                            + opened.connectionString(false),
                    "");
        } catch (RowhouseException e) {
            add(
                    "database",
                    Verdict.WRONG,
                    String.valueOf(e.getMessage()),
                    "Set it right and look again: a node that is up waits for its database and goes"
                            + " on by itself.");
        }
    }

    private void checkClock(@Nullable Instant database) {
        if (database == null) {
            return;
        }
        Duration off = Duration.between(database, Instant.now()).abs();
        boolean fine = off.compareTo(CLOCK_OFF) < 0;
        add(
                "clock",
                fine ? Verdict.OK : Verdict.WARNING,
                "this machine and the database are " + Text.span(off) + " apart",
                fine
                        ? ""
                        : "Set the clock by NTP. Leases and timers go by the database's clock, so"
                                + " only the times shown are off.");
    }
}
