package org.rowhouse.wire;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Accepts connections until it is closed. Safe for use by many threads. */
public interface Listener extends AutoCloseable {
    /** Where it listens, with the port that was chosen; null for one that is not of the network. */
    @Nullable InetSocketAddress address();

    /** The connections that are open, by which their peers can be asked. */
    List<Connection> connections();

    /** Takes no more connections, and closes those there are. */
    @Override
    void close();
}
