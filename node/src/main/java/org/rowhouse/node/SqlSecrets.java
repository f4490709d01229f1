package org.rowhouse.node;

import java.util.regex.Pattern;

/** Takes passwords out of statements that are shown to others. */
final class SqlSecrets {
    /** As in {@code alter role x password 'secret'} and {@code set password = 'secret'}. */
    private static final Pattern PASSWORD =
            Pattern.compile(
                    "(?is)(password\\w*\"?\\s*(?:=>?|:=|to|,)?\\s*)(?:e|u&)?'(?:[^']|'')*'");

    private SqlSecrets() {}

    /** The statement, at most so long, with dots for every text behind the word password. */
    static String masked(String statement) {
        String shown = PASSWORD.matcher(statement).replaceAll("$1'...'");
        return shown.length() <= NodeBounds.AUDIT_STATEMENT_LENGTH_MAX
                ? shown
                : shown.substring(0, NodeBounds.AUDIT_STATEMENT_LENGTH_MAX) + "...";
    }
}
