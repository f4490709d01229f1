package org.rowhouse.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** One server of its own folder and port, as a story starts, kills and promotes it. */
final class RealServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final DebianPostgres programs;
    private final Path data;
    private final Path log;
    private final int port;
    private Process process;

    private RealServer(DebianPostgres programs, Path data, Path log, int port) {
        this.programs = programs;
        this.data = data;
        this.log = log;
        this.port = port;
    }

    /** A port that is free now. */
    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** A new server with nothing in it. */
    static RealServer create(DebianPostgres programs, Path folder, String name, int port)
            throws IOException {
        RealServer server = prepare(programs, folder, name, port);
        programs.run(
                server.log,
                "initdb",
                "-D",
                server.data.toString(),
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync");
        server.start();
        return server;
    }

    /** A standby of another server, in step with it. */
    static RealServer follow(RealServer primary, Path folder, String name, int port)
            throws IOException {
        RealServer server = prepare(primary.programs, folder, name, port);
        primary.programs.run(
                server.log,
                "pg_basebackup",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(primary.port),
                "-U",
                "postgres",
                "-D",
                server.data.toString(),
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync");
        // The copy waits for no standby: as the new primary it would have none to begin with.
        Files.writeString(
                server.data.resolve("postgresql.auto.conf"),
                "synchronous_standby_names = ''\n",
                StandardOpenOption.APPEND);
        server.start();
        return server;
    }

    private static RealServer prepare(DebianPostgres programs, Path folder, String name, int port)
            throws IOException {
        Path data = Files.createDirectory(folder.resolve(name));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
        DebianPostgres.own(data);
        return new RealServer(programs, data, folder.resolve(name + ".log"), port);
    }

    private void start() throws IOException {
        process =
                programs.start(
                        log,
                        "postgres",
                        "-D",
                        data.toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "wal_retrieve_retry_interval=200ms",
                        "-c",
                        "idle_in_transaction_session_timeout=60s");
        Await.until(
                PATIENCE,
                () -> !process.isAlive() || !query("select 1").isEmpty(),
                () -> "the server does not start: " + words());
        if (!process.isAlive()) {
            throw new IllegalStateException("the server does not start: " + words());
        }
    }

    private String words() {
        try {
            return String.join("\n", Files.readAllLines(log));
        } catch (IOException e) {
            return e.toString();
        }
    }

    int port() {
        return port;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** A connection as its administrator; the caller closes it. */
    Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + database, "postgres", "");
    }

    /** Does something as its administrator. */
    void run(String... statements) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    /** The first column of the first row, as text; empty if there is none. */
    String query(String sql) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    /** Lets commits wait for a standby, and waits until there is one. */
    void waitForStandby() throws SQLException {
        run("alter system set synchronous_standby_names = '*'", "select pg_reload_conf()");
        Await.until(
                PATIENCE,
                () ->
                        "sync".equals(query("select sync_state from pg_stat_replication"))
                                && "*".equals(query("show synchronous_standby_names")),
                () -> "no standby is in step: " + words());
    }

    /** Lets commits, those that wait included, go on without a standby. */
    void goOnAlone() throws SQLException {
        run("alter system set synchronous_standby_names = ''", "select pg_reload_conf()");
    }

    /** How many commits wait for a standby. */
    int waiting() throws SQLException {
        return Integer.parseInt(
                query("select count(*) from pg_stat_activity where wait_event = 'SyncRep'"));
    }

    /** Makes a standby the primary; returns when it takes changes. */
    void promote() throws SQLException {
        run("select pg_promote(true, 60)");
    }

    /** Kills its main process, and no other: they find out and end. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
