package org.rowhouse.wire.datagram;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Two ends of a stream and a bad link between them, in a time that only the test moves. */
final class Simulated {
    /**
     * What the link does.
     *
     * @param loss part of the packets that is lost, each way
     * @param delayNs one way
     * @param bytesPerSecond what the bottleneck lets through
     * @param queueBytes what may wait before it
     * @param reorder part that comes later than it should
     * @param duplicate part that comes twice
     */
    record Link(
            double loss,
            long delayNs,
            double bytesPerSecond,
            int queueBytes,
            double reorder,
            double duplicate) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Parcel(long atNs, long number, boolean toServer, byte[] bytes) {}

    private static final SocketAddress SOMEWHERE =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
    private static final byte[] SECRET = {1, 2, 3};

    final DatagramStream client;
    final DatagramStream server;
    final Link link;
    long nowNs = 1_000_000_000L;
    long packets;
    long lost;
    private final SplittableRandom random;
    private final PriorityQueue<Parcel> onTheWay =
            new PriorityQueue<>(
                    Comparator.comparingLong(Parcel::atNs).thenComparingLong(Parcel::number));
    private final double[] busyUntilNs = new double[2];

    Simulated(long seed, Link link, boolean sealed) {
        this.random = new SplittableRandom(seed);
        this.link = link;
        byte[] one = new byte[16];
        @Nullable Seal mine = sealed ? Seal.of(SECRET, one, one, true) : null;
        @Nullable Seal theirs = sealed ? Seal.of(SECRET, one, one, false) : null;
        client = new DatagramStream(way(true), SOMEWHERE, 2, "one", mine, nowNs);
        server = new DatagramStream(way(false), SOMEWHERE, 1, "one", theirs, nowNs);
    }

    private DatagramStream.Way way(boolean toServer) {
        return new DatagramStream.Way() {
            @Override
            public void send(ByteBuffer packet, SocketAddress to) {
                byte[] bytes = new byte[packet.remaining()];
                packet.get(bytes);
                pass(toServer, bytes);
            }

            @Override
            public void hurry() {}
        };
    }

    private void pass(boolean toServer, byte[] bytes) {
        packets++;
        int way = toServer ? 1 : 0;
        double waiting = Math.max(0, busyUntilNs[way] - nowNs) / 1e9 * link.bytesPerSecond;
        if (waiting > 0 && waiting + bytes.length > link.queueBytes) {
            lost++;
            return;
        }
        busyUntilNs[way] =
                Math.max(busyUntilNs[way], nowNs) + bytes.length * 1e9 / link.bytesPerSecond;
        if (random.nextDouble() < link.loss) {
            lost++;
            return;
        }
        long at = (long) busyUntilNs[way] + link.delayNs;
        if (random.nextDouble() < link.reorder) {
            at += random.nextLong(1, Math.max(2, link.delayNs));
        }
        onTheWay.add(new Parcel(at, packets, toServer, bytes));
        if (random.nextDouble() < link.duplicate) {
            onTheWay.add(new Parcel(at + 1, packets, toServer, bytes));
        }
    }

    /** Puts a packet before one end, as anybody on the network could. */
    void inject(boolean toServer, byte[] bytes) {
        onTheWay.add(new Parcel(nowNs, packets++, toServer, bytes));
    }

    /** Lets the next thing happen; false if nothing will any more. */
    boolean step() {
        long due = Math.min(client.turn(nowNs), server.turn(nowNs));
        Parcel next = onTheWay.peek();
        if (next != null) {
            due = due < 0 ? next.atNs : Math.min(due, next.atNs);
        }
        if (due < 0) {
            return false;
        }
        nowNs = Math.max(nowNs + 1_000, due);
        while (!onTheWay.isEmpty() && onTheWay.peek().atNs <= nowNs) {
            Parcel parcel = onTheWay.remove();
            ByteBuffer packet = ByteBuffer.wrap(parcel.bytes).order(ByteOrder.LITTLE_ENDIAN);
            (parcel.toServer ? server : client).receive(packet, nowNs);
        }
        return true;
    }

    /**
     * Sends bytes to the server until all are there.
     *
     * @return how long it took; what came is checked
     */
    long transferNs(byte[] bytes, long mostNs) throws IOException {
        long beganNs = nowNs;
        ByteBuffer left = ByteBuffer.wrap(bytes);
        ByteBuffer come = ByteBuffer.allocate(bytes.length + 1);
        while (come.position() < bytes.length) {
            client.write(left);
            if (!step() || nowNs - beganNs > mostNs) {
                throw new IOException(
                        "%d of %d bytes came in %d ms"
                                .formatted(
                                        come.position(),
                                        bytes.length,
                                        (nowNs - beganNs) / 1_000_000));
            }
            server.read(come);
        }
        for (int i = 0; i < bytes.length; i++) {
            if (come.get(i) != bytes[i]) {
                throw new IOException("byte " + i + " is another one");
            }
        }
        return nowNs - beganNs;
    }
}
