package org.rowhouse.benchmarks;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/**
 * The server of one run: the one that a URL names, or an embedded one in a temporary folder. Both
 * are left without the schema {@code rowhouse}, so a database that holds one is refused.
 */
final class TemporaryServer implements AutoCloseable {
    private static final String SCHEMA = "rowhouse";

    private static final String HOLDS_ROWHOUSE =
            "select case when to_regnamespace('rowhouse') is null then 0 else 1 end";

    /** 2.4 GB in messages that nobody reads: enough for a checkpoint, at max_wal_size 4 GB. */
    private static final String FILL_LOG =
            "select count(pg_logical_emit_message(false, 'benchmark', repeat('x', 1000000)))"
                    + " from generate_series(1, 2400)";

    private final Path folder;
    private final Database database;
    private final Server server;
    private final Server administrator;

    /**
     * Opens the server; blocks until it takes connections.
     *
     * @throws RowhouseException if it cannot be opened, or holds a Rowhouse already
     */
    TemporaryServer(Options options) {
        this(options, 0);
    }

    /**
     * The same for a benchmark that makes so many connections.
     *
     * @param connections 0 for the server's usual number
     */
    TemporaryServer(Options options, int connections) {
        try {
            folder = Files.createTempDirectory("rowhouse-bench");
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "No temporary folder can be made ("
                            + failure.getMessage()
                            + "): set java.io.tmpdir to a folder you may write to.",
                    failure);
        }
        Home home = Home.at(folder.resolve("home"));
        Database opened = null;
        try {
            String url = options.database();
            if (url != null) {
                opened = Database.open(home, DatabaseSettings.server(url, System.getenv()));
            } else {
                opened = Database.open(home, DatabaseSettings.embedded());
                if (options.statements()) {
                    Statements.preload(administrator(home, opened));
                }
                if (connections > 0) {
                    administrator(home, opened)
                            .execute("alter system set max_connections = " + connections);
                }
                if (options.statements() || connections > 0) {
                    opened.close();
                    opened = Database.open(home, DatabaseSettings.embedded());
                }
            }
            database = opened;
            Server reached = Server.parse(database.connectionString(true));
            server = url != null ? reached : reached.through(home.database().resolve("data"));
            administrator = url != null ? server : administrator(home, database);
            if (server.number(HOLDS_ROWHOUSE) > 0) {
                throw new RowhouseException(
                        ErrorCode.CONFLICT,
                        "The database of --database holds a Rowhouse already, which a benchmark"
                                + " must not touch: name one without a schema rowhouse (if an"
                                + " earlier benchmark left it, `drop schema rowhouse cascade`"
                                + " frees it).");
            }
        } catch (RuntimeException failure) {
            if (opened != null) {
                opened.close();
            }
            remove(folder);
            throw failure;
        }
    }

    /** Of the embedded server; its password lies in the home, which is this run's own. */
    private static Server administrator(Home home, Database database) {
        var secrets = new Properties();
        try (Reader file = Files.newBufferedReader(home.path().resolve("database.secrets"))) {
            secrets.load(file);
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "The passwords of the benchmark's server cannot be read: " + failure,
                    failure);
        }
        Server server = Server.parse(database.connectionString(true));
        return new Server(server.jdbcUrl(), "postgres", secrets.getProperty("superuser", ""));
    }

    /**
     * Writes the embedded server's log until it uses its files again instead of making new ones, as
     * any server does that is more than some minutes old. Does nothing to a server that is not
     * ours.
     */
    void wearIn() {
        if (database.embedded()) {
            administrator.execute(FILL_LOG);
            administrator.execute("checkpoint");
        }
    }

    /** The way to the server's database. */
    Server server() {
        return server;
    }

    /** The same with all rights, or, on a server that is not ours, with those of its user. */
    Server administrator() {
        return administrator;
    }

    /** A folder for files of the run, gone when this is closed. */
    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        try {
            if (!database.embedded()) {
                server.dropSchema(SCHEMA);
            }
        } finally {
            database.close();
            remove(folder);
        }
    }

    private static void remove(Path folder) {
        try {
            Files.walkFileTree(
                    folder,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.delete(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path visited, @Nullable IOException failure) throws IOException {
                            Files.delete(visited);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException failure) {
            System.getLogger(TemporaryServer.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "The temporary folder {0} could not be removed: {1}",
                            folder,
                            failure.getMessage());
        }
    }
}
