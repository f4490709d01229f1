package org.rowhouse.benchmarks;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/** The server of one run: the one that a URL names, or an embedded one that leaves nothing. */
final class TemporaryServer implements AutoCloseable {
    private final Path folder;
    private final Database database;

    /**
     * Opens the server; blocks until it takes connections.
     *
     * @param url the server to use; null for an embedded one in a temporary folder
     * @throws RowhouseException if it cannot be opened
     */
    TemporaryServer(@Nullable String url) {
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
        try {
            var home = Home.at(folder.resolve("home"));
            database =
                    Database.open(
                            home,
                            url == null
                                    ? DatabaseSettings.embedded()
                                    : DatabaseSettings.server(url, System.getenv()));
        } catch (RuntimeException failure) {
            remove(folder);
            throw failure;
        }
    }

    Database database() {
        return database;
    }

    /** The way to the server's own database. */
    Server server() {
        return Server.parse(database.connectionString(true));
    }

    /** A folder for files of the run, gone when this is closed. */
    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        database.close();
        remove(folder);
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
