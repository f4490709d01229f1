package org.rowhouse.node;

import java.util.regex.Pattern;

/** Takes passwords out of statements that are shown to others. */
final class SqlSecrets {
    /** As in {@code alter role x password 'secret'} and {@code set password = 'secret'}. */
    private static final Pattern PASSWORD =
            Pattern.compile(
                    "(?is)(password\\w*+\"?\\s*+(?:=>?|:=|to|,)?\\s*+)"
                            + "(?:(?:u&)?'[^']*+(?:''[^']*+)*+'"
                            + "|e'(?:[^'\\\\]++|\\\\.|'')*+'"
                            + "|\\$(\\w*+)\\$.*?\\$\\2\\$)");

    /** As the tables have them. */
    private static final Pattern HASH = Pattern.compile("(?i)\\$argon2id\\$[^'\\s]++");

    private SqlSecrets() {}

    /**
     * The statement, at most so long, with dots for every text behind the word password and every
     * hash.
     */
    static String masked(String statement) {
        String masked = PASSWORD.matcher(statement).replaceAll("$1'...'");
        String shown = HASH.matcher(masked).replaceAll("...");
        return shown.length() <= NodeBounds.AUDIT_STATEMENT_LENGTH_MAX
                ? shown
                : shown.substring(0, NodeBounds.AUDIT_STATEMENT_LENGTH_MAX) + "...";
    }
}
