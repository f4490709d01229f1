package org.rowhouse.tasks;

import java.time.Duration;
import java.util.Map;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.NamedSql;

/**
 * What can be asked of the nodes of the cluster, this one and others. A door to the SQL functions
 * {@code rowhouse.drain_node} and its neighbours; all methods block until the change is durable,
 * and nodes learn of it by signal.
 *
 * <p>All methods throw {@link RowhouseException} INVALID_ARGUMENT for what is out of bounds and
 * NOT_FOUND for a node that is not up.
 */
public final class Nodes {
    private static final NamedSql CORDON = NamedSql.load(Nodes.class, "node_cordon");
    private static final NamedSql UNCORDON = NamedSql.load(Nodes.class, "node_uncordon");
    private static final NamedSql DRAIN = NamedSql.load(Nodes.class, "node_drain");
    private static final NamedSql TOPOLOGY = NamedSql.load(Nodes.class, "node_topology");

    private final Operations operations;

    /**
     * @param user who asks
     */
    public Nodes(Connections connections, String user) {
        this.operations = new Operations(connections, user);
    }

    /** The node claims nothing new, also in its later lives; what runs there goes on. */
    public void cordon(String name) {
        operations.call(CORDON, Map.of("name", name));
    }

    /** The node claims again. */
    public void uncordon(String name) {
        operations.call(UNCORDON, Map.of("name", name));
    }

    /**
     * Cordons the node and lets it get rid of what it runs.
     *
     * @param handOverAfter how long tasks may go on to their end; then they are given back, at
     *     their next step if they have one; 0 to 7 days
     */
    public void drain(String name, Duration handOverAfter) {
        operations.call(
                DRAIN, Map.of("name", name, "hand_over_after_ms", handOverAfter.toMillis()));
    }

    /**
     * Records what the node's machine is made of.
     *
     * @param partsJson an array of parts, with the columns of the table topology
     * @return false if that stands there already
     */
    public boolean recordTopology(String name, String partsJson) {
        Map<String, String> values = Map.of("name", name, "parts", partsJson);
        return operations.call(TOPOLOGY, values, row -> row.getInt(1)).getFirst() > 0;
    }
}
