package org.rowhouse.images;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** The statements in the folder {@code sql} beside this class, by the names of their files. */
final class Sql {
    private static final ConcurrentMap<String, String> TEXTS = new ConcurrentHashMap<>();

    /** Turns one row into a value. */
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private Sql() {}

    static void execute(Connection connection, String name, @Nullable Object... values)
            throws SQLException {
        try (PreparedStatement statement = prepare(connection, name, values)) {
            statement.execute();
        }
    }

    static <T> List<T> rows(
            Connection connection, String name, Row<T> read, @Nullable Object... values)
            throws SQLException {
        List<T> found = new ArrayList<>();
        try (PreparedStatement statement = prepare(connection, name, values);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(read.read(rows));
            }
        }
        return found;
    }

    /** The first row; null if there is none. */
    static <T> @Nullable T first(
            Connection connection, String name, Row<T> read, @Nullable Object... values)
            throws SQLException {
        List<T> found = rows(connection, name, read, values);
        return found.isEmpty() ? null : found.getFirst();
    }

    private static PreparedStatement prepare(
            Connection connection, String name, @Nullable Object... values) throws SQLException {
        PreparedStatement statement =
                connection.prepareStatement(TEXTS.computeIfAbsent(name, Sql::load));
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    private static String load(String name) {
        try (InputStream in = Sql.class.getResourceAsStream("sql/" + name + ".sql")) {
            if (in == null) {
                throw new IllegalArgumentException("no statement " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
