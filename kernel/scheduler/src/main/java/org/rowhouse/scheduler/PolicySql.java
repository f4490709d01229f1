package org.rowhouse.scheduler;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A policy as one statement for PostgreSQL, which is the truth of what a policy means: it runs any
 * policy, those that cannot be compiled too.
 */
public final class PolicySql {
    private static final Pattern PREFERENCE =
            Pattern.compile("\\bas\\s+preference\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern COMMENT = Pattern.compile("--[^\\n]*|/\\*.*?\\*/", Pattern.DOTALL);

    private PolicySql() {}

    /** The definition of {@code candidate}, over relations that search_path resolves. */
    public static String candidate() {
        return Policy.resource("candidate.sql");
    }

    /**
     * The query that gives the best place of each ready task under a policy: {@code task, node,
     * device, score}. It reads {@code ready_task}, {@code placing_node}, {@code placing_device},
     * {@code placing_data}, {@code shape} and {@code demand}, and should run in a read-only
     * transaction with a time limit as a user who may read no more than these.
     */
    public static String place(Policy policy) {
        boolean prefers = PREFERENCE.matcher(COMMENT.matcher(policy.text()).replaceAll(" ")).find();
        return Policy.resource("place.sql")
                .replaceAll("--[^\\n]*\\n", "")
                .replace(":preference", prefers ? "c.preference" : "0::integer")
                .replaceFirst(":candidate", Matcher.quoteReplacement(candidate()))
                .replaceFirst(
                        ":policy",
                        Matcher.quoteReplacement(policy.text().strip().replaceFirst(";$", "")));
    }
}
