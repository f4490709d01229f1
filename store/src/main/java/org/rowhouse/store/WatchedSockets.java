package org.rowhouse.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Gives the driver {@link WatchedSocket}s. The driver makes a factory by its name and one string,
 * so the string is a key by which the caller finds the socket that its connection got.
 */
public final class WatchedSockets extends SocketFactory {
    private static final AtomicLong KEYS = new AtomicLong();
    private static final Map<String, WatchedSocket> MADE = new ConcurrentHashMap<>();

    private final String key;

    /**
     * @param key of the connection that asks
     */
    public WatchedSockets(String key) {
        this.key = key;
    }

    /** A key for one connection. */
    static String newKey() {
        return Long.toString(KEYS.incrementAndGet());
    }

    /** The last socket that the factory of this key made; a second time there is none. */
    static @Nullable WatchedSocket take(String key) {
        return MADE.remove(key);
    }

    @Override
    public Socket createSocket() {
        WatchedSocket socket = new WatchedSocket();
        MADE.put(key, socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress from, int fromPort)
            throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort)
            throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    private Socket connected(InetSocketAddress to) throws IOException {
        Socket socket = createSocket();
        socket.connect(to);
        return socket;
    }
}
