package org.rowhouse.tasks;

import java.time.Duration;

/**
 * Whether this node may hold others to be dead.
 *
 * <p>While the database is away nobody can renew a lease, and after a failover another clock
 * decides when they run out. The first node that gets through would find all others dead. So a node
 * judges only when it has itself renewed its lease without a break for longer than a lease lasts,
 * and for twice as long once its connection was lost: by then everyone who is alive is through as
 * well.
 *
 * <p>Thread: the node's life. Times are those of {@link System#nanoTime()}.
 */
final class Judgement {
    private final long leaseNs;
    private long graceNs;
    private boolean renewed;
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
        if (renewed && nowNs - renewedNs > leaseNs) {
            broken();
        }
        if (!renewed) {
            steadySinceNs = nowNs;
        }
        renewed = true;
        renewedNs = nowNs;
    }

    /** The connection was lost. */
    void broken() {
        renewed = false;
        graceNs = 2 * leaseNs;
    }

    boolean mayJudge(long nowNs) {
        return renewed && nowNs - renewedNs <= leaseNs && nowNs - steadySinceNs > graceNs;
    }
}
