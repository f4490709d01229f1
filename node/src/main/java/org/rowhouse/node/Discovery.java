package org.rowhouse.node;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Connections;
import org.rowhouse.tasks.Nodes;

/**
 * Finds out, once, what the machine of a node is made of, and records it for the cluster if it is
 * not what was recorded before. Nothing waits for it.
 *
 * <p>Tables: topology, by {@link Nodes}. Thread: its own, which ends with the process. Failure: it
 * is logged; the node goes on with the cores and the memory that it knew from the start.
 */
final class Discovery implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Discovery.class.getName());

    private final Thread thread;
    private volatile boolean closed;

    private Discovery(Connections connections, String name, @Nullable Path hwloc) {
        this.thread =
                Thread.ofPlatform()
                        .name("rowhouse-discovery")
                        .daemon(true)
                        .unstarted(() -> discover(connections, name, hwloc));
    }

    /** Begins to look. */
    static Discovery begin(Connections connections, String name, @Nullable Path hwloc) {
        Discovery discovery = new Discovery(connections, name, hwloc);
        discovery.thread.start();
        return discovery;
    }

    private void discover(Connections connections, String name, @Nullable Path hwloc) {
        try {
            Topology found = Hardware.discover(name, hwloc);
            if (closed) {
                return;
            }
            boolean changed =
                    new Nodes(connections, "node " + name).recordTopology(name, found.json());
            if (changed) {
                LOG.log(
                        System.Logger.Level.INFO,
                        "the machine has {0} cores and {1} devices",
                        found.of("core").size(),
                        found.of("device").size());
            }
        } catch (RuntimeException | LinkageError e) {
            if (!closed) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "what the machine is made of could not be found out: {0}",
                        e.getMessage());
            }
        }
    }

    /** What it finds from now on is not recorded. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
