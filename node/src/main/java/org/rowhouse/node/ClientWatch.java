package org.rowhouse.node;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tells while a node works on a request whether the client has gone away, so that nobody works for
 * nobody.
 *
 * <p>HTTP/1.1 has no word for that but the end of the connection, which only who reads from it
 * sees. So when the work takes a while, a thread waits for the next byte. A connection on which it
 * waited serves no further request, since two threads must not read from one; what takes less time
 * costs nothing.
 *
 * <p>Begun and closed by the thread that serves the request; {@code gone} runs on another.
 */
final class ClientWatch implements AutoCloseable {
    /** Remembers whose connection a thread serves: the server is told to call it. */
    static final Http1ConnectionListener CONNECTIONS =
            new Http1ConnectionListener() {
                @Override
                public void prologue(ConnectionContext connection, HttpPrologue prologue) {
                    LINE.set(new Line(connection.dataReader()));
                }
            };

    private static final ThreadLocal<@Nullable Line> LINE = new ThreadLocal<>();

    private final Runnable gone;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final @Nullable Line line;
    private boolean reading; // under the lock
    private boolean fired; // under the lock

    /** The connection of the request that this thread serves. */
    private static final class Line {
        final DataReader reader;
        boolean spent;

        Line(DataReader reader) {
            this.reader = reader;
        }
    }

    private ClientWatch(@Nullable Line line, Runnable gone) {
        this.line = line;
        this.gone = gone;
        if (line != null) {
            Thread.ofVirtual().name("client-watch").start(() -> watch(line.reader));
        }
    }

    /**
     * Watches the client of the request that this thread serves; of a thread that serves none,
     * nobody.
     *
     * @param gone what to do when it has gone away; again and again until this is closed
     */
    static ClientWatch begin(Runnable gone) {
        return new ClientWatch(LINE.get(), gone);
    }

    /** Whether the connection of this thread's request must be closed after its answer. */
    static boolean connectionIsSpent() {
        Line line = LINE.get();
        return line != null && line.spent;
    }

    private void watch(DataReader reader) {
        try {
            if (!closed.await(NodeBounds.CLIENT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    && begins()
                    && ends(reader)) {
                while (fires()) {
                    if (closed.await(NodeBounds.CANCEL_PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean begins() {
        lock.lock();
        try {
            reading = closed.getCount() > 0;
            return reading;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the connection's end; false if more comes from the client, who is there then. */
    private boolean ends(DataReader reader) {
        while (closed.getCount() > 0) {
            try {
                reader.ensureAvailable();
                return false;
            } catch (DataReader.InsufficientDataAvailableException e) {
                return true;
            } catch (RuntimeException e) {
                if (!timedOut(e)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The server's own limit for reading: silence is what we wait for. */
    private static boolean timedOut(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketTimeoutException) {
                return true;
            }
        }
        return false;
    }

    private boolean fires() {
        lock.lock();
        try {
            if (closed.getCount() == 0) {
                return false;
            }
            fired = true;
            gone.run();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the client was found to be gone. */
    boolean fired() {
        lock.lock();
        try {
            return fired;
        } finally {
            lock.unlock();
        }
    }

    /** From now on {@code gone} does not run any more, nor is it running. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed.countDown();
            if (reading && line != null) {
                line.spent = true;
            }
        } finally {
            lock.unlock();
        }
    }
}
