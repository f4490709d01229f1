package org.rowhouse.wire.datagram;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A UDP socket with the streams that go through it, and the one thread that serves them. A stranger
 * costs nothing: a server keeps nothing of a client that has not shown, by a cookie, that it
 * receives at the address it sends from. Safe for use by many threads.
 */
public final class DatagramEndpoint implements AutoCloseable {
    private final DatagramChannel channel;
    private final Selector selector;
    private final Map<Integer, DatagramStream> streams = new ConcurrentHashMap<>();
    private final Greeting greeting;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean closingSoon;

    private final DatagramStream.Way way =
            new DatagramStream.Way() {
                @Override
                public void send(ByteBuffer packet, SocketAddress to) throws IOException {
                    channel.send(packet, to); // what finds no room is lost, as any packet may be
                }

                @Override
                public void hurry() {
                    if (Thread.currentThread() != thread) {
                        selector.wakeup();
                    }
                }
            };

    /**
     * Who may open streams: gives the secret of a name, or null if there is no such name.
     *
     * <p>{@link #OPEN} takes anybody, and nothing is encrypted: for loopback.
     */
    public interface Secrets extends Function<String, byte @Nullable []> {
        /** Anybody, unencrypted. */
        Secrets OPEN = name -> new byte[0];
    }

    private DatagramEndpoint(
            DatagramChannel channel, Secrets secrets, @Nullable Consumer<DatagramStream> opened)
            throws IOException {
        this.channel = channel;
        this.selector = Selector.open();
        this.greeting = new Greeting(secrets, opened, this::add, streams::size);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        this.thread = Thread.ofPlatform().daemon().name("rowhouse-datagrams").unstarted(this::run);
        thread.start();
    }

    /**
     * Takes streams of clients.
     *
     * @param address where; port 0 for any free one
     * @param opened is given each new stream, on a virtual thread of its own
     * @throws RowhouseException ADDRESS_UNAVAILABLE; INVALID_ARGUMENT if everybody may come from
     *     other machines
     */
    public static DatagramEndpoint listen(
            InetSocketAddress address, Secrets secrets, Consumer<DatagramStream> opened) {
        if (secrets.equals(Secrets.OPEN) && !address.getAddress().isLoopbackAddress()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Datagrams without secrets are for loopback, not for " + address + ".");
        }
        return bound(address, secrets, opened);
    }

    private static DatagramEndpoint bound(
            @Nullable InetSocketAddress address,
            Secrets secrets,
            @Nullable Consumer<DatagramStream> opened) {
        try {
            DatagramChannel channel = DatagramChannel.open();
            try {
                channel.bind(address);
                return new DatagramEndpoint(channel, secrets, opened);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.ADDRESS_UNAVAILABLE,
                    "Datagrams cannot be received at " + address + ": " + e.getMessage() + ".",
                    e);
        }
    }

    /** An endpoint that opens streams and takes none. */
    public static DatagramEndpoint client() {
        return bound(null, name -> null, null);
    }

    /** Where it receives. */
    public InetSocketAddress address() {
        try {
            return (InetSocketAddress) channel.getLocalAddress();
        } catch (IOException e) {
            throw new IllegalStateException("the endpoint is closed", e);
        }
    }

    /**
     * Opens a stream to a server; blocks until it has answered.
     *
     * @param name who asks, at most 64 bytes
     * @param secret what the server knows this name by; empty for none, unencrypted
     * @throws RowhouseException NODE_UNAVAILABLE if nobody answers; UNAUTHORIZED; OVERLOADED
     */
    public DatagramStream open(InetSocketAddress server, String name, byte[] secret) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Greeting.NAME_BYTES_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A name must have at most " + Greeting.NAME_BYTES_MAX + " bytes.");
        }
        CompletableFuture<DatagramStream> answer = new CompletableFuture<>();
        Greeting.Opening opening = greeting.begin(server, bytes, secret, answer);
        Duration most = DatagramBounds.OPENING_MAX;
        try {
            selector.wakeup();
            return answer.get(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "Nobody answers at %s within %d s.".formatted(server, most.toSeconds()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.CANCELLED, "The opening was interrupted.", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RowhouseException told
                    ? new RowhouseException(told.code(), String.valueOf(told.getMessage()), e)
                    : new IllegalStateException(e.getCause());
        } finally {
            greeting.forget(opening);
        }
    }

    private DatagramStream add(
            int id, SocketAddress peer, int peerId, String name, @Nullable Seal seal) {
        DatagramStream stream =
                new DatagramStream(way, peer, peerId, name, seal, System.nanoTime());
        streams.put(id, stream);
        return stream;
    }

    private void run() {
        ByteBuffer datagram =
                ByteBuffer.allocate(DatagramBounds.PACKET_BYTES_MAX + 1)
                        .order(ByteOrder.LITTLE_ENDIAN);
        long due = System.nanoTime();
        try (channel;
                selector) {
            while (!closed && !(closingSoon && streams.isEmpty())) {
                long pauseNs = due - System.nanoTime();
                if (pauseNs > 0) {
                    selector.select(Math.max(1, pauseNs / 1_000_000));
                } else {
                    selector.selectNow();
                }
                selector.selectedKeys().clear();
                receive(datagram);
                due = turn();
            }
        } catch (IOException | RuntimeException e) {
            System.getLogger(DatagramEndpoint.class.getName())
                    .log(System.Logger.Level.WARNING, "datagrams are received no more", e);
        } finally {
            closed = true;
            streams.values().forEach(DatagramStream::endpointClosed);
        }
    }

    private void receive(ByteBuffer datagram) throws IOException {
        for (int i = 0; i < 256; i++) {
            SocketAddress from = channel.receive(datagram.clear());
            if (from == null) {
                return;
            }
            datagram.flip();
            if (datagram.remaining() < 5
                    || datagram.remaining() > DatagramBounds.PACKET_BYTES_MAX) {
                continue;
            }
            if (datagram.get(0) != DatagramStream.PACKET) {
                ByteBuffer answer = greeting.hear(datagram, from);
                if (answer != null) {
                    channel.send(answer, from);
                }
            } else if (datagram.remaining() > DatagramStream.HEADER_BYTES) {
                DatagramStream stream = streams.get(datagram.getInt(1));
                if (stream != null && stream.peer().equals(from)) {
                    stream.receive(datagram, System.nanoTime());
                }
            }
        }
    }

    private long turn() throws IOException {
        long nowNs = System.nanoTime();
        long due = greeting.turn(nowNs, channel);
        for (Iterator<DatagramStream> all = streams.values().iterator(); all.hasNext(); ) {
            long its = all.next().turn(nowNs);
            if (its < 0) {
                all.remove();
            } else {
                due = Math.min(due, its);
            }
        }
        return due;
    }

    /** Ends once all streams have: those that were closed may still have something to send. */
    public void closeSoon() {
        closingSoon = true;
        selector.wakeup();
    }

    /** Gives all streams up, and tells their peers. */
    @Override
    public void close() {
        streams.values().forEach(DatagramStream::endpointClosed);
        closed = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Random bytes that nobody can guess. */
    static byte[] random(int bytes) {
        byte[] made = new byte[bytes];
        RANDOM.nextBytes(made);
        return made;
    }

    private static final SecureRandom RANDOM = new SecureRandom();
}
