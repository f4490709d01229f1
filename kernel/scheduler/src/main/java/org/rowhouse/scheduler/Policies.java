package org.rowhouse.scheduler;

import java.util.List;
import org.rowhouse.store.Migration;

/** The scheduler's part of the schema. */
public final class Policies {
    private Policies() {}

    /** Its migrations. */
    public static final List<Migration> MIGRATIONS =
            List.of(
                    Migration.load(Policies.class, 310, "migrations/0310-policies.sql"),
                    Migration.load(Policies.class, 320, "migrations/0320-explain-placing.sql"),
                    Migration.load(Policies.class, 330, "migrations/0330-history.sql"),
                    Migration.load(Policies.class, 340, "migrations/0340-following.sql"));
}
