package org.rowhouse.benchmarks;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Wire;
import org.rowhouse.wire.link.DatagramLink;
import org.rowhouse.wire.link.LinkTraits;

/**
 * Calls of 1 MB by UDP over a link with a round trip of 50 ms that loses a fifth of all packets,
 * beside the same link without loss. Each call goes over a connection of its own, which has to find
 * the link's rate anew.
 */
final class BadLink implements Consumer<Session> {
    private static final int BYTES = 1 << 20;
    private static final Duration ONE_WAY = Duration.ofMillis(25);
    private static final int BYTES_PER_SECOND = 2_500_000;
    private static final int QUEUE_BYTES = 250_000;
    private static final double LOSS = 0.2;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final InetSocketAddress LOOPBACK =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Operation CHECK = new Operation("bench/check", "", "");
    private static final String TOKEN = "bench";

    @Override
    public void accept(Session session) {
        byte[] bytes = new byte[BYTES];
        new Random(1).nextBytes(bytes);
        try (Listener listener =
                Wire.listenDatagrams(LOOPBACK, Gate.token(TOKEN), "bench", new Check(bytes))) {
            InetSocketAddress server = Objects.requireNonNull(listener.address());
            new Contest<>(
                            session,
                            new Side<>("20 % loss", new Link(server, LOSS, bytes)),
                            new Side<>("the same link without loss", new Link(server, 0, bytes)))
                    .run(List.of(new Transfer()));
        }
    }

    /** A link to the server. Its seeds go on, so that each transfer meets other losses. */
    private static final class Link {
        private final InetSocketAddress server;
        private final double loss;
        private final byte[] bytes;
        private long seed;

        Link(InetSocketAddress server, double loss, byte[] bytes) {
            this.server = server;
            this.loss = loss;
            this.bytes = bytes;
        }

        /** Seconds from the call to its answer. */
        double transfer() {
            LinkTraits traits =
                    LinkTraits.PERFECT
                            .delay(ONE_WAY)
                            .rate(BYTES_PER_SECOND, QUEUE_BYTES)
                            .loss(loss);
            try (DatagramLink link = DatagramLink.open(LOOPBACK, server, ++seed, traits);
                    Connection connection =
                            Wire.connectDatagrams(
                                    link.address(),
                                    new Credentials("client", TOKEN),
                                    (operation, peer) -> null)) {
                long began = System.nanoTime();
                connection.call(CHECK, bytes, CallOptions.within(PATIENCE));
                return (System.nanoTime() - began) / 1e9;
            }
        }
    }

    private record Transfer() implements Workload<Link> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.rate(
                            "1 MB by UDP at 20 % loss, 50 ms round trip, 20 Mbit/s",
                            "MB/s", new Target.Ratio(0.6)));
        }

        @Override
        public List<Double> measure(Link link, Duration time) {
            List<Double> rates = new ArrayList<>();
            long end = System.nanoTime() + time.toNanos();
            do {
                rates.add(BYTES / 1e6 / link.transfer());
            } while (System.nanoTime() - end < 0);
            return List.of(Numbers.median(rates));
        }
    }

    /** Answers how many bytes came, if they are the right ones. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Check(byte[] expected) implements Service, Service.Endpoint {
        @Override
        public @Nullable Endpoint find(String operation, String peer) {
            return operation.equals(CHECK.name()) ? this : null;
        }

        @Override
        public Operation operation() {
            return CHECK;
        }

        @Override
        public boolean quick() {
            return false;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) {
            if (!java.util.Arrays.equals(request, expected)) {
                throw new IllegalStateException("other bytes came than were sent");
            }
            return ByteBuffer.allocate(4).putInt(request.length).array();
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
            throw new UnsupportedOperationException("this is a call");
        }
    }
}
