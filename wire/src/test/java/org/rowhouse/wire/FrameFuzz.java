package org.rowhouse.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.api.RowhouseException;

/**
 * What the fuzzer calls with bytes of its making: they are what a peer says, from the beginning or
 * after it. A connection that ends is fine; anything thrown beside what says so is a finding, and
 * so is memory beyond what a connection may hold.
 */
public final class FrameFuzz {
    /** Set in the one run that must find something. */
    static final String SEEDED = "rowhouse.fuzz.seeded";

    private static final long PATIENCE_NS = 5_000_000_000L;
    private static final boolean MISTAKEN = Boolean.getBoolean(SEEDED);

    private FrameFuzz() {}

    /**
     * Called by Jazzer, by this name.
     *
     * @param data the first byte says whether the beginning is over
     */
    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        if (data.length < 2) {
            return;
        }
        Said transport = new Said(data);
        FrameInput input = new FrameInput(WireBounds.FRAME_BYTES_MAX);
        if ((data[0] & 1) == 0) {
            try {
                var _ = Handshake.server(transport, input, Gate.token("secret"), "server");
            } catch (IOException | RowhouseException refused) {
                return;
            }
            return;
        }
        Handshake.Agreed agreed = new Handshake.Agreed("peer", Limits.OWN);
        Session session = new Session(transport, input, agreed, false, new Echo());
        try {
            while (input.pump(transport, session.taker()) >= 0 && session.isOpen()) {
                believe(data);
            }
        } catch (IOException ended) {
            session.lose(ended);
        }
        session.close();
        long endNs = System.nanoTime() + PATIENCE_NS;
        while (!over(session)) {
            if (System.nanoTime() - endNs > 0) {
                throw new IllegalStateException("something is left: " + session.underWay());
            }
            LockSupport.parkNanos(10_000);
        }
    }

    /** Parts of requests that are not complete go with the connection itself. */
    private static boolean over(Session session) {
        String left = session.underWay();
        return left.contains("served 0+")
                && left.contains("exchanges 0")
                && (left.endsWith("joined bytes 0") || !left.contains("served 0+0"));
    }

    /** A mistake like those that the fuzzer is to find: a length that is believed. */
    private static void believe(byte[] data) {
        if (MISTAKEN && data.length > 4 && data[1] == 'R' && data[2] == 'W') {
            throw new IndexOutOfBoundsException(data[3]);
        }
    }

    /** A transport over which the peer has said this and has gone. */
    private static final class Said implements Transport {
        private final ByteBuffer said;

        Said(byte[] data) {
            said = ByteBuffer.wrap(data, 1, data.length - 1);
        }

        @Override
        public int read(ByteBuffer into) {
            int part = Math.min(Math.min(said.remaining(), into.remaining()), 100);
            if (part == 0) {
                return said.hasRemaining() ? 0 : -1;
            }
            into.put(said.slice(said.position(), part));
            said.position(said.position() + part);
            return part;
        }

        @Override
        public void await(long timeoutNs) {
            // There is something to read, or the end.
        }

        @Override
        public int write(ByteBuffer from) {
            int part = from.remaining();
            from.position(from.limit());
            return part;
        }

        @Override
        public boolean cheap() {
            return true;
        }

        @Override
        public boolean disturbs() {
            return false;
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
            return "the fuzzer";
        }

        @Override
        public void close() {
            said.position(said.limit());
        }
    }
}
