package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.SqlFile;

/**
 * One statement in a file, whose parameters have names: {@code :name}. For what is asked seldom;
 * system calls over sets are {@link org.rowhouse.store.SystemCall}.
 */
final class NamedSql {
    /** The earliest time of the database, {@code -infinity}: a node has yet to work it out. */
    static final Instant UNKNOWN_TIME = OffsetDateTime.MIN.toInstant();

    private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z_]+)");

    private final String text;
    private final List<String> names;

    /** Makes one value of a row. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private NamedSql(String text, List<String> names) {
        this.text = text;
        this.names = names;
    }

    /** Reads {@code name}.sql beside this class. */
    static NamedSql load(String name) {
        String file = SqlFile.read(NamedSql.class, name);
        String statement =
                file.lines()
                        .filter(line -> !line.startsWith("--"))
                        .reduce("", (above, line) -> above + line + "\n");
        List<String> names =
                PARAMETER.matcher(statement).results().map((MatchResult r) -> r.group(1)).toList();
        return new NamedSql(PARAMETER.matcher(statement).replaceAll("?"), names);
    }

    /** Runs the statement and gives its rows; {@code values} has one for each name, null too. */
    <T> List<T> rows(
            Connection connection, Map<String, ? extends @Nullable Object> values, Reader<T> reader)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            bind(connection, statement, values);
            List<T> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
            return rows;
        }
    }

    private void bind(
            Connection connection,
            PreparedStatement statement,
            Map<String, ? extends @Nullable Object> values)
            throws SQLException {
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (!values.containsKey(name)) {
                throw new IllegalArgumentException("no value for the parameter " + name);
            }
            Object value = values.get(name);
            statement.setObject(
                    i + 1, value instanceof List<?> list ? array(connection, list) : scalar(value));
        }
    }

    private static @Nullable Object scalar(@Nullable Object value) {
        return value instanceof Instant instant ? timestamp(instant) : value;
    }

    private static Object array(Connection connection, List<?> list) throws SQLException {
        String type =
                switch (list.stream().filter(Objects::nonNull).findFirst().orElse(null)) {
                    case null -> "timestamptz";
                    case Instant _ -> "timestamptz";
                    case UUID _ -> "uuid";
                    default -> "text";
                };
        Object[] elements = list.stream().map(NamedSql::element).toArray();
        return connection.createArrayOf(type, elements);
    }

    private static @Nullable Object element(@Nullable Object value) {
        if (UNKNOWN_TIME.equals(value)) {
            return "-infinity";
        }
        return value == null ? null : value.toString();
    }

    private static OffsetDateTime timestamp(Instant instant) {
        return instant.equals(UNKNOWN_TIME) ? OffsetDateTime.MIN : instant.atOffset(ZoneOffset.UTC);
    }

    /** A column of type timestamptz; null if it is null. */
    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
