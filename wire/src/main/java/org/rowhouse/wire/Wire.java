package org.rowhouse.wire;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.datagram.DatagramEndpoint;
import org.rowhouse.wire.datagram.DatagramStream;

/** Opens connections. The protocol is that of docs/protocol.md. */
public final class Wire {
    private Wire() {}

    /**
     * Connects two services in this process, as if they were apart: through frames and all.
     *
     * @return the end of {@code left}, by which it asks {@code right}; then the other one
     */
    public static List<Connection> pair(Service left, Service right) {
        PairTransport[] ends = PairTransport.make();
        CompletableFuture<Session> server =
                CompletableFuture.supplyAsync(
                        () -> serverSession(ends[1], Gate.shownOnly(), "right", right),
                        Thread::startVirtualThread);
        Session client = clientSession(ends[0], Credentials.shown("left"), left);
        client.start(false);
        try {
            Session answered = server.join();
            answered.start(false);
            return List.of(client, answered);
        } catch (CompletionException failed) {
            throw new RowhouseException(
                    ErrorCode.INTERNAL, "A pair of connections did not begin.", failed);
        }
    }

    /**
     * Connects to a listener by TCP.
     *
     * @param tls by which the server is trusted and, under mutual TLS, this side shown; null for
     *     plain TCP, which is only for addresses of this machine
     * @param own what this side answers when the server asks it
     * @throws RowhouseException NODE_UNAVAILABLE if nothing answers; UNAUTHORIZED or
     *     CERTIFICATE_REFUSED if one side does not trust the other; INVALID_ARGUMENT for plain TCP
     *     to another machine, or a peer of another version
     */
    public static Connection connect(
            InetSocketAddress address,
            Credentials credentials,
            @Nullable SSLContext tls,
            Service own) {
        Transport transport = Tcp.connect(address, tls);
        Session session = clientSession(transport, credentials, own);
        session.start(true);
        return session;
    }

    /**
     * Listens for TCP connections.
     *
     * @param tls with {@code tls} clients must show a certificate that it trusts, or a token of the
     *     gate; null for plain TCP, which is only for addresses of this machine
     * @param name what this side calls itself, at most 255 bytes
     * @throws RowhouseException ADDRESS_UNAVAILABLE; INVALID_ARGUMENT for plain TCP on an address
     *     that others reach
     */
    public static Listener listen(
            InetSocketAddress address,
            Gate gate,
            @Nullable SSLContext tls,
            String name,
            Service service) {
        return Tcp.listen(address, gate, tls, name, service);
    }

    /**
     * Connects to a process of the same user on this machine, by rings in shared memory.
     *
     * @param folder where it listens
     * @throws RowhouseException NODE_UNAVAILABLE if nothing listens there; INVALID_ARGUMENT if this
     *     system cannot share rings
     */
    public static Connection connectRings(Path folder, Credentials credentials, Service own) {
        Rings.checkAvailable();
        Transport transport;
        try {
            transport = Rings.connect(folder);
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "No connection through " + folder + ": " + failure.getMessage(),
                    failure);
        }
        Session session = clientSession(transport, credentials, own);
        session.start(true);
        return session;
    }

    /**
     * Listens for processes of the same user on this machine.
     *
     * @param folder is made if need be, and then nobody else may enter it
     * @throws RowhouseException HOME_UNUSABLE if the folder cannot be used; INVALID_ARGUMENT if
     *     this system cannot share rings
     */
    public static Listener listenRings(Path folder, Gate gate, String name, Service service) {
        Rings.checkAvailable();
        try {
            return new SocketListener(
                            Rings.listen(folder),
                            null,
                            accepted -> Rings.acceptInTime(folder, accepted),
                            gate,
                            name,
                            service)
                    .start();
        } catch (IOException failure) {
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "Cannot listen in " + folder + ": " + failure.getMessage(),
                    failure);
        }
    }

    /**
     * Begins a broadcast to processes of the same user on this machine.
     *
     * @param place a file in a folder that nobody else may enter; replaced if it exists
     * @throws RowhouseException HOME_UNUSABLE if it cannot be made
     */
    @SuppressWarnings("MustBeClosedChecker") // The arena is closed with the broadcast.
    public static Broadcast broadcast(Path place) {
        Rings.checkAvailable();
        Arena arena = Arena.ofShared();
        try {
            return new BroadcastRing.Publisher(BroadcastRing.make(place, arena), arena);
        } catch (IOException failure) {
            arena.close();
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "No broadcast in " + place + ": " + failure.getMessage(),
                    failure);
        }
    }

    /**
     * Subscribes to a broadcast on this machine.
     *
     * @param place where it was begun
     * @throws RowhouseException NODE_UNAVAILABLE if there is none; OVERLOADED if it has as many
     *     subscribers as it can
     */
    @SuppressWarnings("MustBeClosedChecker") // The arena is closed with the subscription.
    public static Subscription subscribe(Path place) {
        Rings.checkAvailable();
        Arena arena = Arena.ofShared();
        try {
            return BroadcastRing.Reader.subscribe(BroadcastRing.map(place, arena), arena);
        } catch (IOException failure) {
            arena.close();
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "No broadcast in " + place + ": " + failure.getMessage(),
                    failure);
        } catch (RowhouseException full) {
            arena.close();
            throw full;
        }
    }

    /**
     * Connects to a listener by UDP, sealed under the token; for links that lose packets, where TCP
     * all but stops.
     *
     * @param credentials with a token
     * @throws RowhouseException NODE_UNAVAILABLE if nothing answers; UNAUTHORIZED
     */
    public static Connection connectDatagrams(
            InetSocketAddress address, Credentials credentials, Service own) {
        String token = credentials.token();
        if (token == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "A connection by UDP needs a token.");
        }
        DatagramEndpoint endpoint = DatagramEndpoint.client();
        boolean open = false;
        try {
            DatagramStream stream = endpoint.open(address, credentials.name(), Gate.keyOf(token));
            Transport transport = new DatagramTransport(stream, endpoint::closeSoon);
            Session session = clientSession(transport, Credentials.shown(credentials.name()), own);
            session.start(false);
            open = true;
            return session;
        } finally {
            if (!open) {
                endpoint.close();
            }
        }
    }

    /**
     * Listens for connections by UDP of those who know the token of their name.
     *
     * @throws RowhouseException ADDRESS_UNAVAILABLE
     */
    public static Listener listenDatagrams(
            InetSocketAddress address, Gate gate, String name, Service service) {
        return new DatagramListener(address, gate, name, service);
    }

    static Session clientSession(Transport transport, Credentials credentials, Service own) {
        FrameInput input = new FrameInput(WireBounds.FRAME_BYTES_MAX);
        try {
            Handshake.Agreed agreed = Handshake.client(transport, input, credentials);
            return new Session(transport, input, agreed, true, own);
        } catch (IOException failure) {
            transport.close();
            throw new RowhouseException(
                    failure instanceof ProtocolError
                            ? ErrorCode.INVALID_ARGUMENT
                            : ErrorCode.NODE_UNAVAILABLE,
                    "No connection to " + transport.where() + ": " + failure.getMessage(),
                    failure);
        } catch (RowhouseException refused) {
            transport.close();
            throw refused;
        }
    }

    /**
     * Begins with a client.
     *
     * @throws RowhouseException if it was refused or did not begin; its connection is closed
     */
    static Session serverSession(Transport transport, Gate gate, String name, Service service) {
        FrameInput input = new FrameInput(WireBounds.FRAME_BYTES_MAX);
        try {
            Handshake.Agreed agreed = Handshake.server(transport, input, gate, name);
            return new Session(transport, input, agreed, false, service);
        } catch (IOException failure) {
            transport.close();
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "A connection of "
                            + transport.where()
                            + " did not begin: "
                            + failure.getMessage(),
                    failure);
        } catch (RowhouseException refused) {
            transport.close();
            throw refused;
        }
    }
}
