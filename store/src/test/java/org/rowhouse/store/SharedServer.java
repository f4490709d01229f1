package org.rowhouse.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One embedded server for a test class, which each test may take new databases from. */
final class SharedServer implements BeforeAllCallback, AfterAllCallback {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private Path folder = Path.of("");
    private Home home = Home.at(folder);
    private @Nullable Database database;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        folder = Files.createTempDirectory("rowhouse-test");
        home = Home.at(folder.resolve("home"));
        database = Database.open(home, DatabaseSettings.embedded());
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        embedded().close();
        EmbeddedPrograms.delete(folder);
    }

    /** The server's own, embedded database. */
    Database embedded() {
        return Objects.requireNonNull(database);
    }

    /** A new, empty database on the same server, reached as any server is. */
    Database newDatabase() {
        String name = "test" + NUMBERS.incrementAndGet();
        asSuperuser("create database " + name + " owner rowhouse");
        return Database.open(home, settings("rowhouse", password(), name));
    }

    /** Host and port. */
    String hosts() {
        return EmbeddedSupervisor.find(home).orElseThrow().hosts();
    }

    DatabaseSettings settings(String user, String password, String name) {
        return DatabaseSettings.server(
                        "postgresql://" + user + ":" + password + "@" + hosts() + "/" + name,
                        Map.of())
                .withPatience(Duration.ofSeconds(5));
    }

    String password() {
        return EmbeddedSecrets.read(home.databaseSecrets()).everyday();
    }

    void asSuperuser(String sql) {
        String password = EmbeddedSecrets.read(home.databaseSecrets()).superuser();
        ServerAddress address =
                new ServerAddress(hosts(), "postgres", "postgres", password, Map.of());
        try (Connection connection = Connecting.once(address, "test", Map.of());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
