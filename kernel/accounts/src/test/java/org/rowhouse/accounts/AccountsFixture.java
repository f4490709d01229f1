package org.rowhouse.accounts;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.images.Deployments;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migration;
import org.rowhouse.store.Migrations;
import org.rowhouse.tasks.Tasks;

/** A database with accounts. */
final class AccountsFixture implements AutoCloseable {
    final Database database;

    /** Connections that can be taken away for a while. */
    static final class Severable implements Connections {
        private final Connections from;
        private final Set<Connection> given = ConcurrentHashMap.newKeySet();
        private volatile boolean away;

        Severable(Connections from) {
            this.from = from;
        }

        @Override
        public Connection connect(String purpose) throws SQLException {
            if (away) {
                throw new RowhouseException(
                        ErrorCode.DATABASE_UNAVAILABLE, "The database is away.");
            }
            Connection connection = from.connect(purpose);
            given.add(connection);
            return connection;
        }

        /** Cuts the connections there are, and gives no more until it is back. */
        void takeAway() throws SQLException {
            away = true;
            for (Connection connection : given) {
                connection.close();
            }
            given.clear();
        }

        void giveBack() {
            away = false;
        }
    }

    AccountsFixture(Path folder) {
        database = Database.open(Home.at(folder.resolve("home")), DatabaseSettings.embedded());
        List<Migration> all =
                Stream.of(Tasks.MIGRATIONS, Deployments.MIGRATIONS, Accounts.MIGRATIONS)
                        .flatMap(List::stream)
                        .toList();
        Migrations.apply(database, all);
    }

    /** Runs statements as the node's own user. */
    void run(String... statements) {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.execute(text);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of each row. */
    List<String> read(String query) {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            List<String> values = new ArrayList<>();
            while (row.next()) {
                values.add(String.valueOf(row.getString(1)));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        database.close();
    }
}
