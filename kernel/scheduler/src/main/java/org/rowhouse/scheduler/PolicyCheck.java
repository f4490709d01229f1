package org.rowhouse.scheduler;

import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * How a policy runs, found out without running it.
 *
 * @param runs where
 * @param why why not in memory; null if it does
 */
public record PolicyCheck(Runs runs, @Nullable String why) {
    /** Who runs a policy. */
    public enum Runs {
        /** It is compiled: a decision costs microseconds. */
        MEMORY,
        /** Only PostgreSQL can: a decision costs milliseconds to a second. */
        POSTGRESQL
    }

    /**
     * Looks at a policy whose parameters stand in its text. Whether PostgreSQL knows what it names
     * is not looked at.
     *
     * @throws RowhouseException INVALID_ARGUMENT if nobody can run it, with the place and the
     *     reason
     */
    public static PolicyCheck of(Policy policy) {
        try {
            policy.compile();
            return new PolicyCheck(Runs.MEMORY, null);
        } catch (RowhouseException notCompiled) {
            PolicyGuard.check(policy);
            return new PolicyCheck(Runs.POSTGRESQL, notCompiled.getMessage());
        }
    }
}
