package org.rowhouse.support;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A network between clients and a server that can be disturbed: passes TCP connections on, and does
 * to them what networks do.
 *
 * <ul>
 *   <li>{@link #cut}: packets are dropped, in one direction or both, and nobody is told. What was
 *       sent waits, as it would in the sender's TCP, and arrives after {@link #heal} if both sides
 *       are still there. New connections are taken and get no answer.
 *   <li>{@link #forget}: the server's side of every connection is closed, and the client's is not
 *       told, as when a machine between them, or the server's, began anew: half-open.
 *   <li>{@link #reset}: every connection is reset on both sides.
 *   <li>{@link #refuse}: new connections are reset.
 *   <li>{@link #delay}, {@link #throttle}: all arrives late, or slowly.
 * </ul>
 *
 * <p>It duplicates nothing and reorders nothing: TCP numbers its bytes, so a packet that a network
 * duplicates reaches nobody twice, and a proxy that wrote bytes twice would be a broken TCP that no
 * network can be. What does come twice is a request whose answer was lost and that the client
 * repeats: cut {@link Direction#TO_CLIENT}, then reset.
 *
 * <p>Safe for all threads; each call counts at once for all connections, those under way included.
 * Threads: four virtual ones for each connection. Memory: at most {@value #CHUNKS_MAX} chunks of
 * {@value #CHUNK_BYTES} bytes in each direction of a connection; then the sender has to wait.
 */
final class FaultProxy implements AutoCloseable {
    private static final int CHUNK_BYTES = 16_384;
    private static final int CHUNKS_MAX = 64;

    /** Connections that wait to be accepted. */
    private static final int BACKLOG = 128;

    private static final Duration CONNECT_MAX = Duration.ofSeconds(5);

    /** Which way bytes go. */
    enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    private enum Kind {
        BYTES,
        /** The sender will send no more. */
        END,
        /** The sender's side is gone. */
        BROKEN
    }

    private record Chunk(Kind kind, ByteBuffer bytes, long readNs) {}

    private final Supplier<InetSocketAddress> server;
    private final ServerSocket door;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Direction> dropping = EnumSet.noneOf(Direction.class);
    private volatile Duration delay = Duration.ZERO;
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private volatile boolean refusing;
    private volatile boolean closed;

    private FaultProxy(Supplier<InetSocketAddress> server, ServerSocket door) {
        this.server = server;
        this.door = door;
    }

    /** A network before a server, without faults so far, at a free port of this machine. */
    static FaultProxy before(InetSocketAddress server) throws IOException {
        return before(() -> server, InetAddress.getLoopbackAddress());
    }

    /**
     * A network before a server that may move.
     *
     * @param server where it is now; asked at each connection
     * @param at the address of this machine where clients connect
     */
    static FaultProxy before(Supplier<InetSocketAddress> server, InetAddress at)
            throws IOException {
        FaultProxy proxy = new FaultProxy(server, new ServerSocket(0, BACKLOG, at));
        Thread.ofVirtual().name("proxy-door").start(proxy::accept);
        return proxy;
    }

    /** Where clients connect. */
    InetSocketAddress address() {
        return (InetSocketAddress) door.getLocalSocketAddress();
    }

    /** How many connections there are. */
    int connections() {
        return links.size();
    }

    /** Drops everything, both ways. */
    void cut() {
        cut(Direction.TO_SERVER);
        cut(Direction.TO_CLIENT);
    }

    /** Drops what goes this way. */
    void cut(Direction direction) {
        change(() -> dropping.add(direction));
    }

    /** Ends all lasting faults; what waited arrives. Connections that were forgotten stay so. */
    void heal() {
        change(() -> {
            dropping.clear();
            delay = Duration.ZERO;
            bytesPerSecond = Long.MAX_VALUE;
            refusing = false;
        });
    }

    /** Lets everything arrive so much later, each way. */
    void delay(Duration time) {
        change(() -> delay = time);
    }

    /** Lets so many bytes of each connection through in a second, each way. */
    void throttle(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("to let nothing through is to cut");
        }
        change(() -> this.bytesPerSecond = bytesPerSecond);
    }

    /** Resets new connections, from now on. */
    void refuse() {
        change(() -> refusing = true);
    }

    /** Resets all connections that there are. */
    void reset() {
        links.forEach(Link::reset);
    }

    /** Closes the server's side of all connections that there are, and does not tell the client. */
    void forget() {
        links.forEach(Link::forget);
    }

    private void change(Runnable what) {
        lock.lock();
        try {
            what.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits while the way is cut. */
    private void awaitOpen(Direction direction) throws InterruptedException {
        lock.lock();
        try {
            while (dropping.contains(direction) && !closed) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = door.accept();
                if (refusing) {
                    hardClose(client);
                } else {
                    Link link = new Link(client);
                    links.add(link);
                    Thread.ofVirtual().name("proxy-link").start(link::open);
                }
            } catch (IOException e) {
                if (!closed) {
                    throw new IllegalStateException("the proxy's door is broken", e);
                }
            }
        }
    }

    /** Closes all connections and takes no more. */
    @Override
    public void close() throws IOException {
        change(() -> closed = true);
        door.close();
        links.forEach(Link::reset);
    }

    private static void hardClose(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // it is closed, which is what was wanted
        }
    }

    /** One connection: the client's side, the server's side, and what is on its way. */
    private final class Link {
        private final Socket client;
        private final Socket behind = new Socket();
        private final BlockingQueue<Chunk> toServer = new ArrayBlockingQueue<>(CHUNKS_MAX);
        private final BlockingQueue<Chunk> toClient = new ArrayBlockingQueue<>(CHUNKS_MAX);
        private volatile boolean forgotten;
        private volatile boolean over;

        Link(Socket client) {
            this.client = client;
        }

        void open() {
            try {
                awaitOpen(Direction.TO_SERVER);
                client.setTcpNoDelay(true);
                behind.setTcpNoDelay(true);
                behind.connect(server.get(), Math.toIntExact(CONNECT_MAX.toMillis()));
            } catch (IOException e) {
                reset();
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                reset();
                return;
            }
            Thread.ofVirtual().start(() -> read(client, toServer));
            Thread.ofVirtual().start(() -> read(behind, toClient));
            Thread.ofVirtual().start(() -> write(toServer, behind, Direction.TO_SERVER));
            Thread.ofVirtual().start(() -> write(toClient, client, Direction.TO_CLIENT));
        }

        private void read(Socket from, BlockingQueue<Chunk> queue) {
            byte[] buffer = new byte[CHUNK_BYTES];
            try {
                Kind end = Kind.END;
                try {
                    InputStream in = from.getInputStream();
                    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                        byte[] bytes = java.util.Arrays.copyOf(buffer, read);
                        put(
                                queue,
                                new Chunk(Kind.BYTES, ByteBuffer.wrap(bytes), System.nanoTime()));
                    }
                } catch (IOException e) {
                    end = Kind.BROKEN;
                }
                put(queue, new Chunk(end, ByteBuffer.allocate(0), System.nanoTime()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void put(BlockingQueue<Chunk> queue, Chunk chunk) throws InterruptedException {
            while (!over && !queue.offer(chunk, 1, TimeUnit.SECONDS)) {
                // the other side does not take it: its sender waits, too
            }
        }

        private void write(BlockingQueue<Chunk> queue, Socket to, Direction direction) {
            try {
                while (!over) {
                    Chunk chunk = queue.poll(1, TimeUnit.SECONDS);
                    if (chunk != null && !pass(chunk, to, direction)) {
                        return;
                    }
                }
            } catch (IOException e) {
                // its reader has met the same and says so, in its turn
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** False if nothing can follow. */
        private boolean pass(Chunk chunk, Socket to, Direction direction)
                throws IOException, InterruptedException {
            awaitDue(chunk);
            awaitOpen(direction);
            if (forgotten) {
                if (direction == Direction.TO_SERVER && chunk.kind != Kind.BYTES) {
                    reset(); // the client has given up
                }
                return true; // to nobody
            }
            return switch (chunk.kind) {
                case BYTES -> {
                    ByteBuffer bytes = chunk.bytes;
                    to.getOutputStream()
                            .write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
                    pace(chunk.bytes.limit());
                    yield true;
                }
                case END -> {
                    to.shutdownOutput();
                    if (client.isOutputShutdown() && behind.isOutputShutdown()) {
                        end();
                    }
                    yield false;
                }
                case BROKEN -> {
                    reset();
                    yield false;
                }
            };
        }

        private void awaitDue(Chunk chunk) {
            while (!over) {
                long leftNs = chunk.readNs + delay.toNanos() - System.nanoTime();
                if (leftNs <= 0) {
                    return;
                }
                LockSupport.parkNanos(leftNs);
            }
        }

        private void pace(int bytes) {
            long rate = bytesPerSecond;
            if (rate < Long.MAX_VALUE) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(bytes) / rate);
            }
        }

        void forget() {
            forgotten = true;
            hardClose(behind);
        }

        void reset() {
            hardClose(client);
            hardClose(behind);
            end();
        }

        private void end() {
            over = true;
            links.remove(this);
            try (client;
                    behind) {
                // both are closed here
            } catch (IOException e) {
                // they are gone
            }
        }
    }
}
