package org.rowhouse.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A table for a terminal: columns as wide as their longest value; if all together are wider than
 * the terminal, the widest are cut.
 */
final class Table {
    private static final String GAP = "  ";
    private static final int CUT_MIN = 8;

    private final List<String> headings;
    private final List<Row> rows = new ArrayList<>();
    private final boolean[] right;

    /** A row and what paints its cells once they have their width. */
    private record Row(List<String> cells, UnaryOperator<String> paint) {}

    Table(String... headings) {
        this(List.of(headings));
    }

    Table(List<String> headings) {
        this.headings = headings;
        this.right = new boolean[headings.size()];
    }

    /** Aligns these columns at their right: numbers. */
    Table right(int... columns) {
        for (int column : columns) {
            right[column] = true;
        }
        return this;
    }

    void add(List<String> cells) {
        add(cells, UnaryOperator.identity());
    }

    /** Adds a row that is painted as a whole. */
    void add(List<String> cells, UnaryOperator<String> paint) {
        rows.add(new Row(List.copyOf(cells), paint));
    }

    void add(String... cells) {
        add(Arrays.asList(cells));
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Prints it, within {@code columns}. */
    void print(PrintStream out, int columns, Style style) {
        int[] widths = widths(columns);
        out.println(style.bold(line(headings, widths)));
        for (Row row : rows) {
            out.println(row.paint.apply(line(row.cells, widths)));
        }
    }

    private int[] widths(int columns) {
        int[] widths = new int[headings.size()];
        measure(headings, widths);
        rows.forEach(row -> measure(row.cells, widths));
        while (Arrays.stream(widths).asLongStream().sum()
                        + (long) GAP.length() * (widths.length - 1)
                > columns) {
            int widest = 0;
            for (int i = 1; i < widths.length; i++) {
                if (widths[i] > widths[widest]) {
                    widest = i;
                }
            }
            if (widths[widest] <= CUT_MIN) {
                break;
            }
            widths[widest]--;
        }
        return widths;
    }

    private static void measure(List<String> cells, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], length(cells.get(i)));
        }
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cut(cells.get(i), widths[i]);
            String padding = " ".repeat(widths[i] - length(cell));
            line.append(i == 0 ? "" : GAP).append(right[i] ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }

    private static String cut(String cell, int width) {
        if (length(cell) <= width) {
            return cell;
        }
        return cell.substring(0, cell.offsetByCodePoints(0, Math.max(0, width - 1))) + "…";
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
