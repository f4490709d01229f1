package org.rowhouse.wire.link;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A bad link for streams (TCP) before a server: clients connect to {@link #address} instead. It
 * delays, slows down, stalls and cuts, but loses and reorders no byte: TCP would not, either.
 *
 * <p>While it is cut, what was sent waits as it would in the sender's own TCP, nobody is told, and
 * new connections get no answer. Threads: four virtual ones for each connection. Safe for all
 * threads.
 */
public final class StreamLink implements AutoCloseable {
    private static final byte[] END = {};
    private static final long LOOK_MS = 500;

    private final InetSocketAddress server;
    private final ServerSocket door;
    private final Course toServer;
    private final Course toClient;
    private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition healed = lock.newCondition();
    private volatile boolean closed;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Chunk(byte[] bytes, long dueNs) {}

    private StreamLink(ServerSocket door, InetSocketAddress server, long seed, LinkTraits traits) {
        this.door = door;
        this.server = server;
        this.toServer = new Course(seed, traits);
        this.toClient = new Course(~seed, traits);
    }

    /**
     * Opens a link.
     *
     * @param listen where clients connect; port 0 for any free one
     * @param server where the link leads; may be away when a client comes: it is reset then
     * @throws RowhouseException INVALID_ARGUMENT if the address is taken or not of this machine
     */
    public static StreamLink open(
            InetSocketAddress listen, InetSocketAddress server, long seed, LinkTraits traits) {
        try {
            ServerSocket door =
                    new ServerSocket(listen.getPort(), LinkBounds.BACKLOG, listen.getAddress());
            StreamLink link = new StreamLink(door, server, seed, traits);
            Thread.ofVirtual().name("link-door").start(link::accept);
            return link;
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A link cannot listen at %s: %s.".formatted(listen, e.getMessage()),
                    e);
        }
    }

    /** Where clients connect. */
    public InetSocketAddress address() {
        return (InetSocketAddress) door.getLocalSocketAddress();
    }

    /** Makes the link better or worse, for what comes from now on. */
    public void change(LinkTraits traits) {
        toServer.change(traits);
        toClient.change(traits);
    }

    /** Lets nothing pass, either way; it waits. */
    public void cut() {
        toServer.cut(true);
        toClient.cut(true);
    }

    /** Ends a {@link #cut}: what waited arrives where both sides are still there. */
    public void heal() {
        lock.lock();
        try {
            toServer.cut(false);
            toClient.cut(false);
            healed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Resets all connections that there are, on both sides. */
    public void reset() {
        pairs.forEach(Pair::reset);
    }

    /** How many connections there are. */
    public int connections() {
        return pairs.size();
    }

    /** What has happened so far, in chunks. */
    public LinkCounts counts() {
        return toServer.counts().plus(toClient.counts());
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = door.accept();
                if (pairs.size() >= LinkBounds.CONNECTIONS_MAX) {
                    hardClose(client);
                } else {
                    Pair pair = new Pair(client);
                    pairs.add(pair);
                    Thread.ofVirtual().name("link-pair").start(pair::open);
                }
            } catch (IOException e) {
                if (door.isClosed()) {
                    return;
                }
            }
        }
    }

    private void awaitOpen() throws InterruptedException {
        lock.lock();
        try {
            while (toServer.isCut() && !closed) {
                healed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the link and all its connections. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            healed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            door.close();
        } catch (IOException e) {
            // it takes no more connections, which is what was wanted
        }
        reset();
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
    private final class Pair {
        private final Socket client;
        private final Socket behind = new Socket();
        private volatile boolean over;

        Pair(Socket client) {
            this.client = client;
        }

        void open() {
            try {
                awaitOpen();
                client.setTcpNoDelay(true);
                behind.setTcpNoDelay(true);
                behind.connect(server, Math.toIntExact(LinkBounds.CONNECT_MAX.toMillis()));
            } catch (IOException e) {
                reset();
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                reset();
                return;
            }
            flow(client, behind, toServer);
            flow(behind, client, toClient);
        }

        private void flow(Socket from, Socket to, Course course) {
            BlockingQueue<Chunk> queue = new ArrayBlockingQueue<>(LinkBounds.CHUNKS_MAX);
            Thread.ofVirtual().start(() -> run(() -> read(from, queue, course)));
            Thread.ofVirtual().start(() -> run(() -> write(queue, to)));
        }

        private void run(Step step) {
            try {
                step.run();
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                reset();
            }
        }

        private void read(Socket from, BlockingQueue<Chunk> queue, Course course)
                throws IOException, InterruptedException {
            byte[] buffer = new byte[LinkBounds.CHUNK_BYTES];
            InputStream in = from.getInputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                long dueNs = course.chunk(read, System.nanoTime());
                put(queue, new Chunk(Arrays.copyOf(buffer, read), dueNs));
            }
            put(queue, new Chunk(END, course.chunk(0, System.nanoTime())));
        }

        private void put(BlockingQueue<Chunk> queue, Chunk chunk) throws InterruptedException {
            while (!over && !queue.offer(chunk, LOOK_MS, TimeUnit.MILLISECONDS)) {
                // the other side does not take it: its sender waits, too
            }
        }

        private void write(BlockingQueue<Chunk> queue, Socket to)
                throws IOException, InterruptedException {
            while (!over) {
                Chunk chunk = queue.poll(LOOK_MS, TimeUnit.MILLISECONDS);
                if (chunk == null) {
                    continue;
                }
                for (long leftNs = chunk.dueNs - System.nanoTime();
                        leftNs > 0 && !over;
                        leftNs = chunk.dueNs - System.nanoTime()) {
                    LockSupport.parkNanos(leftNs);
                }
                awaitOpen();
                if (chunk.bytes.length > 0) {
                    to.getOutputStream().write(chunk.bytes);
                } else {
                    to.shutdownOutput();
                    if (client.isOutputShutdown() && behind.isOutputShutdown()) {
                        end();
                    }
                    return;
                }
            }
        }

        void reset() {
            hardClose(client);
            hardClose(behind);
            end();
        }

        private void end() {
            over = true;
            pairs.remove(this);
            try (client;
                    behind) {
                // both are closed here; what they have still to send is sent
            } catch (IOException e) {
                // they are gone
            }
        }
    }

    /** What a thread of a connection does. */
    private interface Step {
        void run() throws IOException, InterruptedException;
    }
}
