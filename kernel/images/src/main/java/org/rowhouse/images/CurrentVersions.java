package org.rowhouse.images;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.ConnectionPool;

/** Which version of each component is current, looked up anew when what is known has grown old. */
final class CurrentVersions {
    private final ConnectionPool reads;
    private final long ageMaxNs;
    private final LongSupplier nanoClock;
    private final ConcurrentMap<String, Known> known = new ConcurrentHashMap<>();

    private record Known(String version, long readAtNs) {}

    CurrentVersions(ConnectionPool reads, long ageMaxNs, LongSupplier nanoClock) {
        this.reads = reads;
        this.ageMaxNs = ageMaxNs;
        this.nanoClock = nanoClock;
    }

    /**
     * Null for an unknown component, or one that was withdrawn. While one thread looks an old one
     * up, the others go on with what they know.
     */
    @Nullable String find(String component) {
        long now = nanoClock.getAsLong();
        Known before = known.get(component);
        if (before != null) {
            boolean fresh = now - before.readAtNs < ageMaxNs;
            if (fresh || !known.replace(component, before, new Known(before.version, now))) {
                return before.version;
            }
        }
        String version = reads.read(sql -> ComponentTables.currentVersion(sql, component));
        if (version == null) {
            known.remove(component);
        } else {
            known.put(component, new Known(version, now));
        }
        return version;
    }

    void forget(String component) {
        known.remove(component);
    }

    void set(String component, String version) {
        known.put(component, new Known(version, nanoClock.getAsLong()));
    }
}
