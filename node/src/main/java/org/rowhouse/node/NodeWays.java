package org.rowhouse.node;

import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.calls.Address;
import org.rowhouse.calls.NodeDoor;
import org.rowhouse.memory.Ways;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;
import org.rowhouse.wire.Connection;

/**
 * This node's connections to the homes of regions, one for each life of a node. They are not those
 * of calls: a read does not wait behind a long answer. Safe for use by many threads.
 */
final class NodeWays implements Ways, AutoCloseable {
    private static final NamedSql WAY = NamedSql.load(NodeWays.class, "way_to_node");

    private final Connections connections;
    private final NodeDoor door;
    private final Map<Integer, Way> ways = new ConcurrentHashMap<>();

    private static final class Way {
        private final ReentrantLock lock = new ReentrantLock();
        private volatile @Nullable Connection connection;
    }

    private record Place(String name, Address address) {}

    NodeWays(Connections connections, NodeDoor door) {
        this.connections = connections;
        this.door = door;
    }

    @Override
    public Connection to(int life) {
        Way way = ways.computeIfAbsent(life, _ -> new Way());
        Connection open = way.connection;
        if (open != null && open.isOpen()) {
            return open;
        }
        way.lock.lock();
        try {
            open = way.connection;
            if (open == null || !open.isOpen()) {
                Place place = find(life);
                open = door.dial(place.name, place.address);
                way.connection = open;
            }
            return open;
        } catch (RowhouseException e) {
            ways.remove(life, way);
            throw e;
        } finally {
            way.lock.unlock();
        }
    }

    private Place find(int life) {
        try (java.sql.Connection connection = connections.connect("rowhouse-memory")) {
            Place place =
                    WAY.first(
                            connection,
                            Map.of("life", life),
                            row ->
                                    new Place(
                                            row.getString("name"),
                                            new Address(
                                                    row.getString("machine"),
                                                    row.getString("tcp"),
                                                    row.getString("tls"),
                                                    row.getString("ring"))));
            if (place == null) {
                throw new RowhouseException(
                        ErrorCode.NODE_UNAVAILABLE,
                        "The node of life " + life + " is down, or takes no connections.");
            }
            return place;
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    @Override
    public void close() {
        ways.values()
                .forEach(way -> {
                    Connection open = way.connection;
                    if (open != null) {
                        open.close();
                    }
                });
        ways.clear();
    }
}
