package org.rowhouse.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A socket in the file system, in the shape of a TCP socket, as far as the driver needs it.
 *
 * <p>Thread: one reads and one writes at a time, any may close.
 */
final class LocalSocket extends Socket {
    /** What an address in the file system may be long, in bytes: sockaddr_un of Linux, less NUL. */
    static final int PATH_MAX_BYTES = 107;

    /**
     * What is read or written by one call of the system, in bytes; the driver's buffer is 8 KiB.
     */
    private static final int BUFFER_BYTES = 65_536;

    private final Path path;
    private volatile @Nullable SocketChannel channel;
    private final Readiness readable = new Readiness(SelectionKey.OP_READ);
    private final Readiness writable = new Readiness(SelectionKey.OP_WRITE);
    private volatile int timeoutMs;

    LocalSocket(Path path) {
        this.path = path;
    }

    /** Whether a socket can have this path. */
    static boolean fits(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length <= PATH_MAX_BYTES;
    }

    /** Whether there is a socket. */
    static boolean isThere(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).isOther();
        } catch (IOException e) {
            return false;
        }
    }

    /** Connects to the path, whatever {@code endpoint} says. */
    @Override
    public void connect(SocketAddress endpoint, int timeoutMs) throws IOException {
        SocketChannel opened = SocketChannel.open(UnixDomainSocketAddress.of(path));
        opened.configureBlocking(false);
        channel = opened;
    }

    private SocketChannel connected() throws IOException {
        SocketChannel opened = channel;
        if (opened == null) {
            throw new IOException("not connected to " + path);
        }
        return opened;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new Input(connected());
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new Output(connected());
    }

    private final class Input extends InputStream {
        private final SocketChannel from;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

        Input(SocketChannel from) {
            this.from = from;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            buffer.clear().limit(Math.min(length, buffer.capacity()));
            int count = from.read(buffer);
            if (count == 0) {
                count = awaitAndRead();
            }
            if (count > 0) {
                buffer.flip().get(bytes, offset, count);
            }
            return count;
        }

        private int awaitAndRead() throws IOException {
            long untilNs = System.nanoTime() + timeoutMs * 1_000_000L;
            while (true) {
                long leftMs = (untilNs - System.nanoTime() + 999_999) / 1_000_000;
                if (timeoutMs > 0 && leftMs <= 0) {
                    throw new SocketTimeoutException("silent for " + timeoutMs + " ms");
                }
                readable.await(from, timeoutMs > 0 ? leftMs : 0);
                int count = from.read(buffer);
                if (count != 0) {
                    return count;
                }
            }
        }

        @Override
        public void close() throws IOException {
            LocalSocket.this.close();
        }
    }

    private final class Output extends OutputStream {
        private final SocketChannel to;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

        Output(SocketChannel to) {
            this.to = to;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            int done = 0;
            while (done < length) {
                int part = Math.min(length - done, buffer.capacity());
                buffer.clear().put(bytes, offset + done, part).flip();
                writeOut();
                done += part;
            }
        }

        private void writeOut() throws IOException {
            to.write(buffer);
            while (buffer.hasRemaining()) {
                writable.await(to, 0);
                to.write(buffer);
            }
        }

        @Override
        public void close() throws IOException {
            LocalSocket.this.close();
        }
    }

    /** Waits until the channel can be read, or written; its selector is made when first needed. */
    private static final class Readiness {
        private final int operation;
        private volatile @Nullable Selector selector;

        Readiness(int operation) {
            this.operation = operation;
        }

        /**
         * Waits, like a TCP socket, even in a thread that was interrupted.
         *
         * @param timeoutMs 0 for no end
         * @throws AsynchronousCloseException when the socket is closed
         */
        void await(SocketChannel channel, long timeoutMs) throws IOException {
            boolean interrupted = Thread.interrupted();
            try {
                Selector waiting = selector(channel);
                waiting.select(timeoutMs);
                waiting.selectedKeys().clear();
            } catch (ClosedSelectorException | ClosedChannelException e) {
                close();
                throw new AsynchronousCloseException();
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private Selector selector(SocketChannel channel) throws IOException {
            Selector known = selector;
            if (known != null) {
                return known;
            }
            Selector opened = Selector.open();
            selector = opened; // before the channel is asked: a close that comes now closes both
            channel.register(opened, operation);
            return opened;
        }

        /** Wakes who waits. The channel must be closed already. */
        void close() throws IOException {
            Selector waiting = selector;
            if (waiting != null) {
                waiting.close();
            }
        }
    }

    @Override
    public boolean isConnected() {
        return channel != null;
    }

    @Override
    public boolean isClosed() {
        SocketChannel opened = channel;
        return opened != null && !opened.isOpen();
    }

    @Override
    public void close() throws IOException {
        SocketChannel opened = channel;
        if (opened != null) {
            opened.close();
        }
        readable.close();
        writable.close();
    }

    @Override
    public void setSoTimeout(int timeoutMs) {
        this.timeoutMs = timeoutMs;
    }

    @Override
    public int getSoTimeout() {
        return timeoutMs;
    }

    /** Such a socket sends at once. */
    @Override
    public void setTcpNoDelay(boolean on) {}

    /** Its other end cannot vanish without a word. */
    @Override
    public void setKeepAlive(boolean on) {}
}
