package org.rowhouse.messages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migration;
import org.rowhouse.store.Migrations;
import org.rowhouse.tasks.Tasks;

/**
 * An empty database with the schema of tasks and messages, and short ways to ask it. All tests of a
 * run share one server.
 */
final class MessagesDatabase implements Connections {
    static final List<Migration> MIGRATIONS =
            Stream.of(Tasks.MIGRATIONS, Messages.MIGRATIONS).flatMap(List::stream).toList();

    private static @Nullable Database server;

    private final Database database;

    private MessagesDatabase(Database database) {
        this.database = database;
    }

    /** An empty one, on which two nodes are up: the lives 1 and 2. */
    static MessagesDatabase create() throws SQLException {
        MessagesDatabase fresh = new MessagesDatabase(server());
        fresh.run("drop schema if exists rowhouse cascade");
        Migrations.apply(fresh.database, MIGRATIONS);
        fresh.run(
                "insert into rowhouse.node (name, version, pid, lease_until)"
                        + " select 'n' || n, 'test', 1, now() + interval '1 day'"
                        + " from generate_series(1, 2) as n");
        return fresh;
    }

    private static synchronized Database server() {
        Database running = server;
        if (running == null) {
            try {
                Path folder = Files.createTempDirectory("rowhouse-messages");
                Database made =
                        Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made, folder)));
                running = made;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            server = running;
        }
        return running;
    }

    private static void remove(Database database, Path folder) {
        database.close();
        try (var paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Connection connect(String purpose) {
        return database.connect(purpose);
    }

    /** Runs statements without parameters. */
    void run(String statements) throws SQLException {
        try (Connection connection = connect("test");
                Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(statements);
        }
    }

    /** The rows of a query, their columns joined by blanks; values take the place of {@code ?}. */
    List<String> rows(String query, @Nullable Object... values) throws SQLException {
        try (Connection connection = connect("test");
                PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            List<String> rows = new ArrayList<>();
            if (statement.execute()) {
                try (ResultSet row = statement.getResultSet()) {
                    while (row.next()) {
                        List<String> columns = new ArrayList<>();
                        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                            columns.add(String.valueOf(row.getString(i)));
                        }
                        rows.add(String.join(" ", columns));
                    }
                }
            }
            return rows;
        }
    }

    /** The one value of a query. */
    String value(String query, @Nullable Object... values) throws SQLException {
        return rows(query, values).getFirst();
    }
}
