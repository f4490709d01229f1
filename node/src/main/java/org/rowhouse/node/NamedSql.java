package org.rowhouse.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One statement from a {@code .sql} file of this package. Its parameters are written {@code :name}
 * and cast in the file, so that the file alone says what each one is.
 */
final class NamedSql {
    /**
     * Quoted text, comments and casts are passed over; what is left of {@code :name} is a
     * parameter.
     */
    private static final Pattern PARTS =
            Pattern.compile("'(?:[^']|'')*'|--[^\\n]*|::|:(?<name>[a-z][a-z_]*)");

    private final String file;
    private final String text;
    private final List<String> names;

    private NamedSql(String file, String text, List<String> names) {
        this.file = file;
        this.text = text;
        this.names = List.copyOf(names);
    }

    static NamedSql load(String file) {
        try (InputStream in = NamedSql.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + file);
            }
            return parse(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("the jar cannot be read at " + file, e);
        }
    }

    static NamedSql parse(String file, String sql) {
        List<String> names = new ArrayList<>();
        Matcher parts = PARTS.matcher(sql);
        String text =
                parts.replaceAll(part -> {
                    String name = part.group("name");
                    if (name == null) {
                        return part.group().startsWith("--")
                                ? ""
                                : Matcher.quoteReplacement(part.group());
                    }
                    names.add(name);
                    return "?";
                });
        return new NamedSql(file, text.strip(), names);
    }

    /** The parameters in the order of their places; a name stands as often as it is used. */
    List<String> names() {
        return names;
    }

    /** The statement as the driver takes it. */
    String text() {
        return text;
    }

    PreparedStatement prepare(Connection connection, Map<String, ? extends @Nullable Object> values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text);
        try {
            for (int i = 0; i < names.size(); i++) {
                if (!values.containsKey(names.get(i))) {
                    throw new IllegalArgumentException(
                            file + " needs a value for :" + names.get(i));
                }
                bind(connection, statement, i + 1, values.get(names.get(i)));
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }

    /** Scalars go as text without a type, which the cast in the file gives them. */
    private static void bind(
            Connection connection, PreparedStatement statement, int place, @Nullable Object value)
            throws SQLException {
        switch (value) {
            case null -> statement.setNull(place, Types.NULL);
            case List<?> list ->
                    statement.setArray(
                            place,
                            connection.createArrayOf(
                                    "text", list.stream().map(String::valueOf).toArray()));
            default -> statement.setObject(place, value.toString(), Types.OTHER);
        }
    }

    @Override
    public String toString() {
        return file;
    }
}
