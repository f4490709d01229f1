package org.rowhouse.wire;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.rowhouse.wire.datagram.DatagramStream;

/** A stream over UDP, for links that lose what they carry. */
final class DatagramTransport implements Transport {
    private final DatagramStream stream;
    private final Runnable closing;

    /**
     * @param closing runs after the stream was closed
     */
    DatagramTransport(DatagramStream stream, Runnable closing) {
        this.stream = stream;
        this.closing = closing;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return stream.read(into);
    }

    @Override
    public void await(long timeoutNs) throws IOException {
        try {
            stream.awaitReadable(timeoutNs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("The thread that reads was interrupted.", e);
        }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return stream.write(from);
    }

    @Override
    public boolean cheap() {
        return true;
    }

    @Override
    public boolean disturbs() {
        return true;
    }

    @Override
    public boolean holdsThread() {
        return false;
    }

    /** The name whose secret the peer knows: the server's clients have proved theirs. */
    @Override
    public String shown() {
        return stream.name();
    }

    @Override
    public String where() {
        SocketAddress peer = stream.peer();
        return peer.toString().replaceFirst("^[^/]*/", "") + " by UDP";
    }

    @Override
    public void close() {
        stream.close();
        closing.run();
    }
}
