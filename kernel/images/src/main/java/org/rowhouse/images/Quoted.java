package org.rowhouse.images;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Foreign text as it may stand in a message: between quotes, on one line, of bounded length,
 * without control characters.
 */
final class Quoted {
    private static final int LENGTH_MAX = 120;
    private static final int LISTED_MAX = 20;

    private Quoted() {}

    static String of(String text) {
        return "'" + plain(text) + "'";
    }

    /** The same without the quotes. */
    static String plain(String text) {
        StringBuilder plain = new StringBuilder(Math.min(text.length(), LENGTH_MAX) + 2);
        for (int i = 0; i < text.length(); ) {
            if (plain.length() >= LENGTH_MAX) {
                return plain.append("...").toString();
            }
            int character = text.codePointAt(i);
            boolean visible =
                    !Character.isISOControl(character)
                            && Character.getType(character) != Character.SURROGATE
                            && Character.getType(character) != Character.FORMAT;
            plain.append(
                    visible ? Character.toString(character) : String.format("\\u%04x", character));
            i += Character.charCount(character);
        }
        return plain.toString();
    }

    /** "a, b and 3 more" in the given order; "none" if there is none. */
    static String list(Collection<String> names) {
        if (names.isEmpty()) {
            return "none";
        }
        String listed =
                names.stream()
                        .limit(LISTED_MAX)
                        .map(Quoted::plain)
                        .collect(Collectors.joining(", "));
        int more = names.size() - LISTED_MAX;
        return more > 0 ? listed + " and " + more + " more" : listed;
    }

    /** " Did you mean 'x'?" if one of the names is near, else nothing. */
    static String didYouMean(String name, Collection<String> names) {
        return nearest(name, names).map(near -> " Did you mean " + of(near) + "?").orElse("");
    }

    static Optional<String> nearest(String name, Collection<String> names) {
        if (name.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        int allowed = Math.max(1, name.length() / 3);
        return names.stream()
                .min(
                        Comparator.comparingInt((String other) -> distance(name, other))
                                .thenComparing(other -> other))
                .filter(near -> distance(name, near) <= allowed);
    }

    /** How many letters must be put in, left out, changed or swapped, ignoring case. */
    static int distance(String one, String other) {
        int[][] steps = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int k = 0; k <= other.length(); k++) {
                if (i == 0 || k == 0) {
                    steps[i][k] = i + k;
                    continue;
                }
                int change = same(one, i - 1, other, k - 1) ? 0 : 1;
                int best =
                        Math.min(
                                Math.min(steps[i - 1][k], steps[i][k - 1]) + 1,
                                steps[i - 1][k - 1] + change);
                boolean swapped =
                        i > 1
                                && k > 1
                                && same(one, i - 1, other, k - 2)
                                && same(one, i - 2, other, k - 1);
                steps[i][k] = swapped ? Math.min(best, steps[i - 2][k - 2] + 1) : best;
            }
        }
        return steps[one.length()][other.length()];
    }

    private static boolean same(String one, int i, String other, int k) {
        return Character.toLowerCase(one.charAt(i)) == Character.toLowerCase(other.charAt(k));
    }
}
