package org.rowhouse.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One statement from a {@code .sql} file, whose parameters have names: {@code :name}. For what is
 * asked seldom; system calls over sets are {@link SystemCall}.
 *
 * <p>Values go as text without a type: the statement says, by a cast or by where they stand, what
 * each one is. Safe for all threads.
 */
public final class NamedSql {
    /** The database's earliest time, {@code -infinity}. */
    public static final Instant EARLIEST = OffsetDateTime.MIN.toInstant();

    /**
     * Quoted text, comments and casts are passed over; what is left of {@code :name} is a
     * parameter.
     */
    private static final Pattern PARTS =
            Pattern.compile("'(?:[^']|'')*'|--[^\\n]*|::|:(?<name>[a-z][a-z_]*)");

    private final String name;
    private final String text;
    private final List<String> names;

    /** Makes one value of a row. */
    @FunctionalInterface
    public interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private NamedSql(String name, String text, List<String> names) {
        this.name = name;
        this.text = text;
        this.names = List.copyOf(names);
    }

    /**
     * Reads {@code name}.sql beside {@code owner}.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public static NamedSql load(Class<?> owner, String name) {
        return parse(name, SqlFile.read(owner, name));
    }

    /** Takes a statement as a file would have it. */
    public static NamedSql parse(String name, String sql) {
        List<String> names = new ArrayList<>();
        Matcher parts = PARTS.matcher(sql);
        String text =
                parts.replaceAll(part -> {
                    String parameter = part.group("name");
                    if (parameter == null) {
                        return part.group().startsWith("--")
                                ? ""
                                : Matcher.quoteReplacement(part.group());
                    }
                    names.add(parameter);
                    return "?";
                });
        return new NamedSql(name, text.strip(), names);
    }

    /** The parameters in the order of their places; a name stands as often as it is used. */
    public List<String> names() {
        return names;
    }

    /** The statement as the driver takes it. */
    public String text() {
        return text;
    }

    /**
     * Prepares and binds it; the caller closes it.
     *
     * @param values one for each name, null too; lists become arrays
     */
    public PreparedStatement prepare(
            Connection connection, Map<String, ? extends @Nullable Object> values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text);
        try {
            for (int i = 0; i < names.size(); i++) {
                if (!values.containsKey(names.get(i))) {
                    throw new IllegalArgumentException(
                            name + ".sql needs a value for :" + names.get(i));
                }
                bind(connection, statement, i + 1, values.get(names.get(i)));
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }

    /** Runs it and gives its rows. */
    public <T> List<T> rows(
            Connection connection, Map<String, ? extends @Nullable Object> values, Reader<T> reader)
            throws SQLException {
        try (PreparedStatement statement = prepare(connection, values);
                ResultSet row = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(reader.read(row));
            }
            return rows;
        }
    }

    /** Runs it and gives its first row; null if there is none. */
    public <T> @Nullable T first(
            Connection connection, Map<String, ? extends @Nullable Object> values, Reader<T> reader)
            throws SQLException {
        List<T> rows = rows(connection, values, reader);
        return rows.isEmpty() ? null : rows.getFirst();
    }

    /** Runs it and passes over what it gives. */
    public void execute(Connection connection, Map<String, ? extends @Nullable Object> values)
            throws SQLException {
        try (PreparedStatement statement = prepare(connection, values)) {
            statement.execute();
        }
    }

    private static void bind(
            Connection connection, PreparedStatement statement, int place, @Nullable Object value)
            throws SQLException {
        switch (value) {
            case null -> statement.setNull(place, Types.NULL);
            case byte[] bytes -> statement.setBytes(place, bytes);
            case List<?> list -> {
                Object[] elements = list.stream().map(NamedSql::text).toArray();
                String array = connection.createArrayOf("text", elements).toString();
                statement.setObject(place, array, Types.OTHER);
            }
            default -> statement.setObject(place, text(value), Types.OTHER);
        }
    }

    private static @Nullable String text(@Nullable Object value) {
        if (EARLIEST.equals(value)) {
            return "-infinity";
        }
        return value == null ? null : value.toString();
    }

    /** A column of type timestamptz; null if it is null. */
    public static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    @Override
    public String toString() {
        return name;
    }
}
