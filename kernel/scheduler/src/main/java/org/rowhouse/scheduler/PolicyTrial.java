package org.rowhouse.scheduler;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a policy would have done on recorded tasks, beside the one in force and what really happened.
 *
 * @param since tasks were read that were made since then
 * @param cut whether there were too many, so that older ones were left out
 * @param tasks how many were tried
 * @param leftOut how many had ended before they began, or are not ready yet
 * @param nodes nodes that they were placed on: those that are up now
 * @param tried the policy
 * @param inForce the policy in force; null if it cannot be tried
 * @param notCompared why it cannot; null if it can
 * @param recorded what really happened
 */
public record PolicyTrial(
        Instant since,
        boolean cut,
        int tasks,
        long leftOut,
        int nodes,
        Side tried,
        @Nullable Side inForce,
        @Nullable String notCompared,
        Recorded recorded) {
    /**
     * What one policy gave, as {@link TimedSimulation.Timed} says.
     *
     * @param policy its name
     * @param version its version
     * @param unplaced tasks that never found a place
     */
    public record Side(
            String policy,
            int version,
            long started,
            long unplaced,
            double waitMeanMs,
            long waitMedianMs,
            long wait99Ms,
            long waitMaxMs,
            double coresPercent,
            double devicesPercent,
            double spreadPercent,
            double fragmentsPercent,
            double decisionNs) {
        static Side of(String policy, int version, TimedSimulation.Timed its) {
            return new Side(
                    policy,
                    version,
                    its.started(),
                    its.unplaced(),
                    its.waitMeanMs(),
                    its.waitMedianMs(),
                    its.wait99Ms(),
                    its.waitMaxMs(),
                    its.coresPercent(),
                    its.devicesPercent(),
                    its.spreadPercent(),
                    its.fragmentsPercent(),
                    its.decisionNs());
        }
    }

    /**
     * What was recorded of the same tasks.
     *
     * @param started tasks that began
     * @param waiting tasks that have not yet
     * @param waitMeanMs mean time between ready and begun, of those that began
     */
    public record Recorded(
            long started,
            long waiting,
            double waitMeanMs,
            long waitMedianMs,
            long wait99Ms,
            long waitMaxMs) {}
}
