package org.rowhouse.wire;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Plain TCP. */
final class TcpTransport implements Transport {
    private final SocketChannel channel;
    private final Selector selector;
    private final String where;
    private volatile boolean closed;

    /** Over a channel that is connected, which belongs to this transport from now on. */
    TcpTransport(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        this.where = String.valueOf(channel.getRemoteAddress()).replaceFirst("^[^/]*/", "");
        this.selector = Selector.open();
        channel.register(selector, SelectionKey.OP_READ);
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    @Override
    public void await(long timeoutNs) throws IOException {
        if (closed) {
            return;
        }
        try {
            selector.select(Math.max(1, timeoutNs / 1_000_000));
            selector.selectedKeys().clear();
        } catch (ClosedSelectorException end) {
            closed = true;
        }
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return channel.write(from);
    }

    @Override
    public boolean cheap() {
        return false;
    }

    @Override
    public boolean disturbs() {
        return true;
    }

    @Override
    public boolean holdsThread() {
        return false;
    }

    @Override
    public String shown() {
        return "";
    }

    @Override
    public String where() {
        return where;
    }

    @Override
    public void close() {
        closed = true;
        try {
            channel.close();
            selector.close();
        } catch (IOException alreadyGone) {
            // Nobody reads or writes any more.
        }
    }
}
