package org.rowhouse.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.function.IntPredicate;

/** Lines of cells under each other. */
final class Aligned {
    private static final String GAP = "   ";

    private Aligned() {}

    /**
     * Prints lines of equally many cells.
     *
     * @param numbers which columns, from 0, stand to the right
     */
    static void print(List<List<String>> lines, IntPredicate numbers, PrintStream out) {
        int[] widths = new int[lines.getFirst().size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            var text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - line.get(i).length());
                text.append(numbers.test(i) ? padding + line.get(i) : line.get(i) + padding);
                text.append(GAP);
            }
            out.println(text.toString().stripTrailing());
        }
    }
}
