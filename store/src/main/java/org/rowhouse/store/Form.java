package org.rowhouse.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text of a {@link SystemCall} as the server gets it, and what each of its {@code ?} stands
 * for.
 */
record Form(String sql, List<Parameter> parameters) {
    private static final Pattern PARAMETER = Pattern.compile("(?<!:):([a-z_]+)");
    private static final Pattern COMMENT = Pattern.compile("--[^\\n]*");

    /** The server goes through a statement's text several times for each batch. */
    private static final Pattern LINE_BREAK = Pattern.compile("\\s*\\n\\s*");

    private static final String REQUESTS = "requests";

    /**
     * @param single whether it takes the value of a single request instead of an array
     */
    record Parameter(RecordShape.Part part, boolean single) {
        /** Its text in the row of requests. */
        private String column() {
            return (single ? "?::" + part.elementType() : "unnest(?::" + part.elementType() + "[])")
                    + " as "
                    + part.sqlName();
        }
    }

    /**
     * Puts the parameters of a {@code .sql} file in.
     *
     * @param one whether it is for a single request
     */
    static Form of(String text, RecordShape request, boolean one) {
        List<Parameter> parameters = new ArrayList<>();
        StringBuilder sql = new StringBuilder();
        Matcher matcher = PARAMETER.matcher(COMMENT.matcher(text).replaceAll(""));
        while (matcher.find()) {
            String name = matcher.group(1);
            if (name.equals(REQUESTS)) {
                // In a select list the arrays are unrolled row by row; in FROM each would be copied
                // into a store of its own first.
                List<Parameter> columns =
                        request.parts().stream().map(part -> new Parameter(part, one)).toList();
                parameters.addAll(columns);
                matcher.appendReplacement(
                        sql,
                        columns.stream()
                                .map(Parameter::column)
                                .collect(Collectors.joining(", ", "(select ", ")")));
            } else {
                RecordShape.Part part = request.part(name);
                parameters.add(new Parameter(part, false));
                matcher.appendReplacement(
                        sql, part.isBucket() ? "?" : "?::" + part.elementType() + "[]");
            }
        }
        String line = LINE_BREAK.matcher(matcher.appendTail(sql)).replaceAll(" ");
        return new Form(line.strip(), parameters);
    }

    /** Binds requests from parameter {@code first} on and gives the number of the next one. */
    int bind(
            Connection connection,
            PreparedStatement statement,
            int first,
            int bucket,
            List<? extends Record> requests)
            throws SQLException {
        int index = first;
        for (Parameter parameter : parameters) {
            if (parameter.part.isBucket()) {
                statement.setShort(index, (short) bucket);
            } else if (parameter.single) {
                parameter.part.bind(statement, index, requests.getFirst());
            } else {
                statement.setArray(index, parameter.part.array(connection, requests));
            }
            index++;
        }
        return index;
    }
}
