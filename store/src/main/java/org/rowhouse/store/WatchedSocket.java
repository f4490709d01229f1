package org.rowhouse.store;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * A socket that knows since when one of its threads is blocked in it: reading, since the server
 * owes an answer, or writing, since the server takes no more.
 *
 * <p>TCP itself goes on hoping for a quarter of an hour when a server is cut off, and the JDK gives
 * no way to shorten that.
 */
final class WatchedSocket extends Socket {
    /** What {@link #blockedForNs} says of a socket that nobody is blocked in. */
    static final long NOT_BLOCKED = -1;

    private volatile boolean reading;
    private volatile boolean writing;
    private volatile long readingSinceNs;
    private volatile long writingSinceNs;

    /** For how long a thread has been blocked in it, or {@link #NOT_BLOCKED}. */
    long blockedForNs(long nowNs) {
        long read = reading ? nowNs - readingSinceNs : NOT_BLOCKED;
        long written = writing ? nowNs - writingSinceNs : NOT_BLOCKED;
        return Math.max(read, written);
    }

    /** Closes it under whoever is blocked in it. */
    void giveUp() {
        try {
            close();
        } catch (IOException e) {
            System.getLogger(WatchedSocket.class.getName())
                    .log(System.Logger.Level.DEBUG, "closing failed; it is given up", e);
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new Input(super.getInputStream());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new Output(super.getOutputStream());
    }

    private final class Input extends FilterInputStream {
        Input(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            readingSinceNs = System.nanoTime();
            reading = true;
            try {
                return in.read();
            } finally {
                reading = false;
            }
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            readingSinceNs = System.nanoTime();
            reading = true;
            try {
                return in.read(bytes, offset, length);
            } finally {
                reading = false;
            }
        }
    }

    private final class Output extends FilterOutputStream {
        Output(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int oneByte) throws IOException {
            write(new byte[] {(byte) oneByte}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            writingSinceNs = System.nanoTime();
            writing = true;
            try {
                out.write(bytes, offset, length);
            } finally {
                writing = false;
            }
        }
    }
}
