package org.rowhouse.wire.link;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A bad link for datagrams (UDP) before a server: clients send to {@link #address} instead.
 *
 * <p>Each client is shown to the server under an address of its own. Threads: one for the door, one
 * for each client, two that deliver. What happens to packet n of a direction depends on the seed
 * alone. Safe for all threads.
 */
public final class DatagramLink implements AutoCloseable {
    private final InetSocketAddress server;
    private final DatagramChannel door;
    private final Course toServer;
    private final Course toClient;
    private final Flight<Parcel> ahead;
    private final Flight<Parcel> back;
    private final Map<SocketAddress, DatagramChannel> clients = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private record Parcel(DatagramChannel from, SocketAddress to, ByteBuffer bytes) {}

    private DatagramLink(
            DatagramChannel door, InetSocketAddress server, long seed, LinkTraits traits) {
        this.door = door;
        this.server = server;
        this.toServer = new Course(seed, traits);
        this.toClient = new Course(~seed, traits);
        this.ahead = new Flight<>("link-ahead", DatagramLink::send);
        this.back = new Flight<>("link-back", DatagramLink::send);
    }

    /**
     * Opens a link.
     *
     * @param listen where clients send to; port 0 for any free one
     * @param server where the link leads
     * @throws RowhouseException INVALID_ARGUMENT if the address is taken or not of this machine
     */
    public static DatagramLink open(
            InetSocketAddress listen, InetSocketAddress server, long seed, LinkTraits traits) {
        try {
            DatagramChannel door = DatagramChannel.open();
            try {
                door.bind(listen);
            } catch (IOException e) {
                door.close();
                throw e;
            }
            DatagramLink link = new DatagramLink(door, server, seed, traits);
            Thread.ofVirtual().name("link-door").start(link::readDoor);
            return link;
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A link cannot listen at %s: %s.".formatted(listen, e.getMessage()),
                    e);
        }
    }

    /** Where clients send to. */
    public InetSocketAddress address() {
        try {
            return (InetSocketAddress) door.getLocalAddress();
        } catch (IOException e) {
            throw new IllegalStateException("the link is closed", e);
        }
    }

    /** Makes the link better or worse, for what comes from now on. */
    public void change(LinkTraits traits) {
        toServer.change(traits);
        toClient.change(traits);
    }

    /** Lets nothing pass, either way; what is on its way arrives. */
    public void cut() {
        toServer.cut(true);
        toClient.cut(true);
    }

    /** Ends a {@link #cut}. */
    public void heal() {
        toServer.cut(false);
        toClient.cut(false);
    }

    /** What has happened so far. */
    public LinkCounts counts() {
        return toServer.counts().plus(toClient.counts());
    }

    LinkCounts ahead() {
        return toServer.counts();
    }

    LinkCounts backwards() {
        return toClient.counts();
    }

    private void readDoor() {
        ByteBuffer buffer = ByteBuffer.allocate(LinkBounds.DATAGRAM_BYTES_MAX);
        while (!closed) {
            try {
                buffer.clear();
                SocketAddress client = door.receive(buffer);
                buffer.flip();
                DatagramChannel its = clients.get(client);
                if (its == null) {
                    its = meet(client);
                }
                if (its == null) {
                    toServer.datagram(buffer.remaining(), System.nanoTime());
                    toServer.dropped(1);
                } else {
                    pass(toServer, ahead, its, server, buffer);
                }
            } catch (IOException e) {
                if (!door.isOpen()) {
                    return;
                }
            }
        }
    }

    private @org.jspecify.annotations.Nullable DatagramChannel meet(SocketAddress client)
            throws IOException {
        if (clients.size() >= LinkBounds.CLIENTS_MAX) {
            return null;
        }
        DatagramChannel its = DatagramChannel.open();
        its.bind(null);
        clients.put(client, its);
        Thread.ofVirtual().name("link-client").start(() -> readServer(its, client));
        return its;
    }

    private void readServer(DatagramChannel its, SocketAddress client) {
        ByteBuffer buffer = ByteBuffer.allocate(LinkBounds.DATAGRAM_BYTES_MAX);
        while (!closed) {
            try {
                buffer.clear();
                its.receive(buffer);
                buffer.flip();
                pass(toClient, back, door, client, buffer);
            } catch (IOException e) {
                if (!its.isOpen()) {
                    return;
                }
            }
        }
    }

    private static void pass(
            Course course,
            Flight<Parcel> flight,
            DatagramChannel from,
            SocketAddress to,
            ByteBuffer buffer) {
        int bytes = buffer.remaining();
        long[] arrivals = course.datagram(bytes, System.nanoTime());
        if (arrivals.length == 0) {
            return;
        }
        ByteBuffer copy = ByteBuffer.allocate(bytes).put(buffer).flip();
        for (long dueNs : arrivals) {
            if (!flight.take(new Parcel(from, to, copy.duplicate()), bytes, dueNs)) {
                course.dropped(1);
            }
        }
    }

    private static void send(Parcel parcel) {
        try {
            parcel.from.send(parcel.bytes, parcel.to);
        } catch (IOException e) {
            // nobody is there, or no longer: a network says nothing either
        }
    }

    /** Ends the link; what is on its way is lost. */
    @Override
    public void close() {
        closed = true;
        ahead.close();
        back.close();
        close(door);
        clients.values().forEach(DatagramLink::close);
    }

    private static void close(DatagramChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // it is no longer used, which is what was wanted
        }
    }
}
