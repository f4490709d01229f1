package org.rowhouse.benchmarks;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;

/** The arithmetic of reports: medians, and numbers cut to the digits that mean something. */
final class Numbers {
    /** No measurement on a shared machine is good to more than this. */
    private static final MathContext SIGNIFICANT = new MathContext(4);

    private Numbers() {}

    /**
     * The middle value, or the mean of the two middle ones.
     *
     * @throws IllegalArgumentException if there are no values
     */
    static double median(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("the median of no values");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** The value with four significant digits; whole numbers keep all of theirs. */
    static double rounded(double value) {
        if (!Double.isFinite(value)) {
            return value;
        }
        return Math.abs(value) >= 1000
                ? Math.rint(value)
                : new BigDecimal(value).round(SIGNIFICANT).doubleValue();
    }

    /** The rounded value for people: {@code 12,345}, {@code 0.4321}. */
    static String plain(double value) {
        double rounded = rounded(value);
        if (!Double.isFinite(rounded)) {
            return "-";
        }
        return rounded == Math.rint(rounded)
                ? String.format(Locale.ROOT, "%,d", (long) rounded)
                : BigDecimal.valueOf(rounded).stripTrailingZeros().toPlainString();
    }
}
