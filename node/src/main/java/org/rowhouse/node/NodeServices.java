package org.rowhouse.node;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.Service;

/** All that a node answers over the wire: the first of its parts that knows an operation does. */
final class NodeServices implements Service {
    private final List<Service> parts = new CopyOnWriteArrayList<>();

    void add(Service part) {
        parts.add(part);
    }

    @Override
    public @Nullable Endpoint find(String operation, String peer) {
        for (Service part : parts) {
            Endpoint found = part.find(operation, peer);
            if (found != null) {
                return found;
            }
        }
        return null;
    }
}
