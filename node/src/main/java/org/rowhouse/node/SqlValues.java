package org.rowhouse.node;

import java.math.BigDecimal;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.core.JacksonException;

/** Statements of people, and values as JSON has them. */
final class SqlValues {
    private SqlValues() {}

    /** A column of a result. */
    record Column(String name, int type, String typeName) {
        Views.SqlColumn view() {
            return new Views.SqlColumn(name, typeName);
        }
    }

    static List<Column> columns(ResultSetMetaData about) throws SQLException {
        List<Column> columns = new ArrayList<>();
        for (int i = 1; i <= about.getColumnCount(); i++) {
            columns.add(
                    new Column(
                            about.getColumnLabel(i),
                            about.getColumnType(i),
                            about.getColumnTypeName(i)));
        }
        return columns;
    }

    static List<Views.SqlColumn> views(List<Column> columns) {
        return columns.stream().map(Column::view).toList();
    }

    /** Numbers, truth values and JSON keep their kind; all else is the database's text. */
    static @Nullable Object value(@Nullable String text, Column column) {
        if (text == null) {
            return null;
        }
        return switch (column.type) {
            case Types.SMALLINT, Types.INTEGER, Types.BIGINT -> Long.valueOf(text);
            case Types.NUMERIC, Types.REAL, Types.DOUBLE, Types.FLOAT -> number(text);
            case Types.BIT, Types.BOOLEAN ->
                    column.typeName.equals("bool") ? (Object) text.startsWith("t") : text;
            default ->
                    switch (column.typeName) {
                        case "json", "jsonb" -> json(text);
                        default -> text;
                    };
        };
    }

    private static Object json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (JacksonException e) {
            return text; // the database takes deeper ones, and a name twice
        }
    }

    private static Object number(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return text; // NaN and Infinity are no JSON numbers
        }
    }

    /**
     * Checks that a text is one statement.
     *
     * @throws RowhouseException INVALID_ARGUMENT
     */
    static void requireOne(String text) throws SQLException {
        List<NativeQuery> statements = Parser.parseJdbcSql(text, true, false, true, false, false);
        if (statements.size() != 1) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    statements.isEmpty()
                            ? "There is no statement."
                            : "These are "
                                    + statements.size()
                                    + " statements: give one at a time.");
        }
    }

    /**
     * One statement as the driver prepares it without parameters: a question mark, which is an
     * operator of PostgreSQL, is written twice.
     */
    static String preparable(String text) throws SQLException {
        NativeQuery one = Parser.parseJdbcSql(text, true, true, true, false, false).getFirst();
        StringBuilder doubled = new StringBuilder();
        int from = 0;
        for (int i = 0; i < one.bindPositions.length; i++) {
            doubled.append(one.nativeSql, from, one.bindPositions[i]).append("??");
            from = one.bindPositions[i] + NativeQuery.bindName(i + 1).length();
        }
        return doubled.append(one.nativeSql, from, one.nativeSql.length()).toString();
    }

    /**
     * The fields of a row as PostgreSQL writes rows: between parentheses, with commas; null is
     * nothing, and what could be mistaken stands in quotes, with quotes and backslashes twice.
     *
     * @param count how many there are
     */
    static List<@Nullable String> fields(String row, int count) {
        List<@Nullable String> fields = new ArrayList<>(count);
        int end = row.length() - 1;
        int at = 1;
        while (fields.size() < count) {
            StringBuilder field = new StringBuilder();
            boolean there = false;
            boolean quoted = false;
            for (; at < end && (quoted || row.charAt(at) != ','); at++) {
                char c = row.charAt(at);
                there = true;
                if (c == '"' && quoted && row.charAt(at + 1) == '"') {
                    field.append(row.charAt(++at));
                } else if (c == '"') {
                    quoted = !quoted;
                } else if (c == '\\') {
                    field.append(row.charAt(++at));
                } else {
                    field.append(c);
                }
            }
            fields.add(there ? field.toString() : null);
            at++; // the comma
        }
        return fields;
    }
}
