package org.rowhouse.tasks;

import java.time.Duration;

/**
 * Which nodes this one may hold to be dead once their lease has run out.
 *
 * <p>While the database is away nobody can renew a lease, and after a failover another clock
 * decides when they run out. The first node that gets through would find all others dead. So a node
 * holds another to be dead only if that one has renewed its lease since this one is through, and
 * was therefore through as well; or if it has itself renewed for so long that everyone who is alive
 * must be through: a lease, and two after a break in which all leases ran out.
 *
 * <p>Thread: the node's life. Times are those of {@link System#nanoTime()}.
 */
final class Judgement {
    private final long leaseNs;
    private boolean ever;
    private boolean steady;
    private long graceNs;
    private long steadySinceNs;
    private long renewedNs;

    Judgement(Duration lease) {
        this.leaseNs = lease.toNanos();
        this.graceNs = leaseNs;
    }

    /**
     * The lease was renewed. A renewal that took as long as a lease, or came so late, is a break.
     */
    void renewed(long nowNs) {
        boolean late = ever && nowNs - renewedNs > leaseNs;
        if (!steady || late) {
            steadySinceNs = nowNs;
            graceNs = late ? 2 * leaseNs : leaseNs;
        }
        ever = true;
        steady = true;
        renewedNs = nowNs;
    }

    /**
     * The connection was lost.
     *
     * @return whether it had worked until now
     */
    boolean broken() {
        boolean worked = steady;
        steady = false;
        return worked;
    }

    /**
     * For how long it has renewed its lease without a break: nodes that renewed theirs within this
     * time were through since; zero if none may be judged by that.
     */
    Duration steady(long nowNs) {
        return steady && nowNs - renewedNs <= leaseNs
                ? Duration.ofNanos(nowNs - steadySinceNs)
                : Duration.ZERO;
    }

    /** How long until every node that is alive must have renewed its lease; zero if all have. */
    Duration grace(long nowNs) {
        return Duration.ofNanos(Math.max(0, graceNs - steady(nowNs).toNanos()));
    }
}
