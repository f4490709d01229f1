package org.rowhouse.rules.seeds.tasks;

import java.time.Instant;

/** Violates: tasks go by the database's clock. */
public final class ReadsTheClock {
    private ReadsTheClock() {}

    static boolean over(Instant lease) {
        return lease.isBefore(Instant.now());
    }
}
