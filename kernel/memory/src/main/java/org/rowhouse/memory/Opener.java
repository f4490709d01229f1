package org.rowhouse.memory;

import java.util.function.IntSupplier;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Region;
import org.rowhouse.api.RowhouseException;

/** Opens regions by name: those of this process directly, others at their homes. */
final class Opener {
    private final MemoryHome home;
    private final IntSupplier life;
    private final Surroundings around;

    /**
     * @param home of this process
     * @param life of its node
     */
    Opener(MemoryHome home, IntSupplier life, Surroundings around) {
        this.home = home;
        this.life = life;
        this.around = around;
    }

    /** See {@link Memory#open}. */
    Region open(String name, String principal) {
        long deadlineNs = around.waiting().nanoTime() + around.patience().toNanos();
        while (true) {
            try {
                return openNow(name, principal);
            } catch (RowhouseException e) {
                if (e.code() != ErrorCode.NODE_UNAVAILABLE
                        || around.waiting().nanoTime() - deadlineNs >= 0) {
                    throw e;
                }
                around.waiting().pause(MemoryBounds.RETRY_PAUSE);
            }
        }
    }

    private Region openNow(String name, String principal) {
        HostedRegion here = home.region(name);
        if (here != null && home.lease().isGood()) {
            return local(here, principal);
        }
        RegionRow row = around.rows().find(name);
        if (row == null) {
            throw Refusals.unknownRegion(name);
        }
        Integer at = row.home();
        if (at == null || at == life.getAsInt()) {
            throw Refusals.noHome(name); // not yet, or not any more
        }
        return RemoteRegion.open(around, name, principal, at);
    }

    Region local(HostedRegion here, String principal) {
        return new LocalRegion(here, principal, around.waiting(), around.patience());
    }
}
