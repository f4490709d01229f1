package org.rowhouse.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Prints a task's result for people: a record as lines of field and value, a list of records as a
 * table, a list of values one per line.
 */
final class ResultPrinter {
    private final Shell shell;
    private final Style style;

    ResultPrinter(Shell shell) {
        this.shell = shell;
        this.style = new Style(shell);
    }

    /** Prints it; nothing for null. */
    void print(JsonNode value) {
        if (value.isObject()) {
            printRecord(value, "");
        } else if (value.isArray()) {
            printList(value, "");
        } else if (!value.isNull() && !value.isMissingNode()) {
            shell.out().println(scalar(value));
        }
    }

    private void printRecord(JsonNode record, String indent) {
        int width =
                record.propertyStream()
                        .filter(one -> flat(one.getValue()))
                        .mapToInt(one -> words(one.getKey()).length())
                        .max()
                        .orElse(0);
        record.propertyStream()
                .filter(one -> flat(one.getValue()))
                .forEach(one ->
                        shell.out()
                                .println(
                                        indent
                                                + pad(words(one.getKey()), width)
                                                + "  "
                                                + scalar(one.getValue())));
        record.propertyStream()
                .filter(one -> !flat(one.getValue()))
                .forEach(one -> {
                    if (indent.isEmpty()) {
                        shell.out().println();
                    }
                    shell.out().println(indent + style.bold(words(one.getKey())));
                    if (one.getValue().isObject()) {
                        printRecord(one.getValue(), indent + "  ");
                    } else {
                        printList(one.getValue(), indent + "  ");
                    }
                });
    }

    private void printList(JsonNode list, String indent) {
        if (list.isEmpty()) {
            shell.out().println(indent + style.faint("(none)"));
        } else if (list.valueStream().allMatch(JsonNode::isObject)) {
            printTable(list);
        } else {
            list.forEach(one -> shell.out().println(indent + scalar(one)));
        }
    }

    private void printTable(JsonNode list) {
        Set<String> fields = new LinkedHashSet<>();
        list.forEach(row -> fields.addAll(row.propertyNames()));
        Table table = new Table(fields.stream().map(ResultPrinter::words).toList());
        int column = 0;
        for (String field : fields) {
            if (list.valueStream()
                    .allMatch(row ->
                            row.path(field).isNumber()
                                    || row.path(field).isNull()
                                    || row.path(field).isMissingNode())) {
                table.right(column);
            }
            column++;
        }
        for (JsonNode row : list) {
            List<String> cells = new ArrayList<>();
            fields.forEach(field -> cells.add(row.has(field) ? scalar(row.path(field)) : ""));
            table.add(cells);
        }
        table.print(shell.out(), shell.columns(), style);
    }

    private static boolean flat(JsonNode value) {
        return !value.isContainer();
    }

    private static String scalar(JsonNode value) {
        if (value.isNull()) {
            return "";
        }
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return Text.count(value.asLong());
        }
        return Text.printable(value.isString() ? value.asString() : value.toString());
    }

    /** A field's name as words: {@code largestFile} becomes {@code largest file}. */
    private static String words(String name) {
        return Text.printable(
                name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ")
                        .replace('_', ' ')
                        .toLowerCase(java.util.Locale.ROOT));
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
