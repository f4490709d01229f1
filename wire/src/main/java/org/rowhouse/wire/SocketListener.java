package org.rowhouse.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * Accepts connections of sockets: TCP, and the doors where rings are made. Each begins on a virtual
 * thread of its own, so that a slow one delays nobody; those beyond the bound are closed at once.
 */
final class SocketListener implements Listener {
    private static final System.Logger LOG = System.getLogger(SocketListener.class.getName());

    private final ServerSocketChannel channel;
    private final @Nullable InetSocketAddress address;
    private final Opening opening;
    private final Gate gate;
    private final String name;
    private final Service service;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger platformReaders = new AtomicInteger();
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Makes a transport of a socket that was accepted; it then belongs to the transport. */
    interface Opening {
        Transport over(SocketChannel accepted) throws IOException;
    }

    /**
     * A listener on a bound channel.
     *
     * @param address null if it is not of the network
     */
    SocketListener(
            ServerSocketChannel channel,
            @Nullable InetSocketAddress address,
            Opening opening,
            Gate gate,
            String name,
            Service service) {
        this.channel = channel;
        this.address = address;
        this.opening = opening;
        this.gate = gate;
        this.name = name;
        this.service = service;
    }

    /** Accepts from now on. */
    SocketListener start() {
        Thread.ofVirtual().name("wire-accept").start(this::accept);
        return this;
    }

    private void accept() {
        while (!closed) {
            try {
                SocketChannel accepted = channel.accept();
                if (closed) {
                    accepted.close(); // it had knocked before the door was shut
                } else if (open.incrementAndGet() > WireBounds.CONNECTIONS_MAX) {
                    open.decrementAndGet();
                    accepted.close();
                } else {
                    Thread.ofVirtual().name("wire-begin").start(() -> begin(accepted));
                }
            } catch (IOException failure) {
                if (!channel.isOpen()) {
                    return;
                }
                LOG.log(System.Logger.Level.WARNING, "A connection was not accepted", failure);
            }
        }
    }

    private void begin(SocketChannel accepted) {
        boolean serves = false;
        try {
            Transport transport = opening.over(accepted);
            Session session = Wire.serverSession(transport, gate, name, service);
            serves = true;
            serve(session);
        } catch (IOException | RowhouseException | InternalError refused) {
            // An InternalError is what the JDK makes of a mapped file that was cut.
            LOG.log(System.Logger.Level.DEBUG, "A connection did not begin", refused);
        } finally {
            if (!serves) {
                open.decrementAndGet();
                closeQuietly(accepted);
            }
        }
    }

    private void serve(Session session) {
        boolean platform = platformReaders.incrementAndGet() <= WireBounds.PLATFORM_READERS;
        if (!platform) {
            platformReaders.decrementAndGet();
        }
        sessions.add(session);
        var _ =
                session.end()
                        .whenComplete((_, _) -> {
                            sessions.remove(session);
                            open.decrementAndGet();
                            if (platform) {
                                platformReaders.decrementAndGet();
                            }
                        });
        session.start(platform);
        if (closed) {
            session.close();
        }
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            // It is closed either way.
        }
    }

    @Override
    public @Nullable InetSocketAddress address() {
        return address;
    }

    @Override
    public List<Connection> connections() {
        return List.copyOf(sessions);
    }

    @Override
    public void close() {
        closed = true;
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            // It accepts nothing any more.
        }
        sessions.forEach(Session::close);
    }
}
