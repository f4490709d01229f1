package org.rowhouse.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Prints what a statement gave. */
final class SqlTable {
    private static final Set<String> NUMBERS =
            Set.of("int2", "int4", "int8", "numeric", "float4", "float8");

    private SqlTable() {}

    /**
     * Prints rows as a table, or how many rows were changed.
     *
     * @param took how long it took, for the last line; null for no last line
     */
    static void print(Shell shell, Style style, JsonNode result, @Nullable String took) {
        JsonNode columns = result.path("columns");
        JsonNode rows = result.path("rows");
        String end = took == null ? "" : style.faint(" (" + took + ")");
        if (columns.isEmpty()) {
            long changed = result.path("changed").asLong();
            shell.out().println(Text.rows(changed) + " changed" + end);
            return;
        }
        List<String> headings =
                columns.valueStream().map(column -> Text.of(column, "name")).toList();
        Table table = new Table(headings);
        for (int i = 0; i < columns.size(); i++) {
            if (NUMBERS.contains(Text.of(columns.get(i), "type"))) {
                table.right(i);
            }
        }
        for (JsonNode row : rows) {
            List<String> cells = new ArrayList<>();
            for (JsonNode value : row) {
                cells.add(
                        value.isNull()
                                ? ""
                                : Text.printable(
                                        value.isString() ? value.asString() : value.toString()));
            }
            table.add(cells);
        }
        table.print(shell.out(), shell.columns(), style);
        if (rows.isEmpty()) {
            shell.out().println(style.faint("(no rows)" + (took == null ? "" : end)));
            return;
        }
        if (took != null || result.path("truncated").asBoolean()) {
            shell.out()
                    .println(
                            Text.rows(rows.size())
                                    + (result.path("truncated").asBoolean()
                                            ? ", and more: --limit gives more of them"
                                            : "")
                                    + end);
        }
    }
}
