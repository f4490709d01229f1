package org.rowhouse.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Accepts TCP connections. Each begins on a virtual thread of its own, so that a slow one delays
 * nobody; those beyond the bound are closed at once.
 */
final class TcpListener implements Listener {
    private static final System.Logger LOG = System.getLogger(TcpListener.class.getName());

    private final ServerSocketChannel channel;
    private final InetSocketAddress address;
    private final Gate gate;
    private final @Nullable SSLContext tls;
    private final String name;
    private final Service service;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger platformReaders = new AtomicInteger();
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private TcpListener(
            ServerSocketChannel channel,
            InetSocketAddress address,
            Gate gate,
            @Nullable SSLContext tls,
            String name,
            Service service) {
        this.channel = channel;
        this.address = address;
        this.gate = gate;
        this.tls = tls;
        this.name = name;
        this.service = service;
    }

    static TcpListener open(
            InetSocketAddress address,
            Gate gate,
            @Nullable SSLContext tls,
            String name,
            Service service) {
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                channel.bind(address);
                InetSocketAddress bound = (InetSocketAddress) channel.getLocalAddress();
                TcpListener made = new TcpListener(channel, bound, gate, tls, name, service);
                Thread.ofVirtual().name("wire-accept").start(made::accept);
                return made;
            } catch (IOException failure) {
                channel.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.ADDRESS_UNAVAILABLE,
                    "Cannot listen at " + Tcp.text(address) + ": " + failure.getMessage(),
                    failure);
        }
    }

    private void accept() {
        while (!closed) {
            try {
                SocketChannel accepted = channel.accept();
                if (open.incrementAndGet() > WireBounds.CONNECTIONS_MAX) {
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
            Transport transport = Tcp.over(accepted, tls, false);
            Session session = Wire.serverSession(transport, gate, name, service);
            serves = true;
            serve(session);
        } catch (IOException | RowhouseException refused) {
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
    public InetSocketAddress address() {
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
