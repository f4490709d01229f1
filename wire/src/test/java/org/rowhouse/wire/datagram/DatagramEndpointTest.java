package org.rowhouse.wire.datagram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.link.DatagramLink;
import org.rowhouse.wire.link.LinkTraits;

/** Real sockets on loopback, some of them behind a bad link. */
class DatagramEndpointTest {
    private static final byte[] SECRET = {7, 7, 7, 7};
    private static final InetSocketAddress LOOPBACK =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final long PATIENCE_NS = Duration.ofSeconds(60).toNanos();

    private final BlockingQueue<DatagramStream> came = new LinkedBlockingQueue<>();
    private final DatagramEndpoint server =
            DatagramEndpoint.listen(
                    LOOPBACK, name -> name.equals("thermometer") ? SECRET : null, came::add);
    private final DatagramEndpoint client = DatagramEndpoint.client();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private DatagramStream taken() throws InterruptedException {
        DatagramStream stream = came.poll(20, TimeUnit.SECONDS);
        assertThat(stream).isNotNull();
        return stream;
    }

    private static void write(DatagramStream to, byte[] bytes) throws Exception {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            if (to.write(left) == 0) {
                to.awaitWritable(PATIENCE_NS);
            }
        }
    }

    private static byte[] read(DatagramStream from, int length) throws Exception {
        ByteBuffer come = ByteBuffer.allocate(length);
        while (come.hasRemaining()) {
            int got = from.read(come);
            if (got < 0) {
                throw new IOException("ended after " + come.position());
            } else if (got == 0) {
                from.awaitReadable(PATIENCE_NS);
            }
        }
        return come.array();
    }

    @Test
    void bytesGoBothWays() throws Exception {
        byte[] much = new byte[3 << 20];
        new Random(1).nextBytes(much);
        DatagramStream there = client.open(server.address(), "thermometer", SECRET);
        write(there, new byte[] {42});
        DatagramStream here = taken();
        assertThat(here.name()).isEqualTo("thermometer");
        assertThat(read(here, 1)).containsExactly(42);
        Thread writer = Thread.startVirtualThread(() -> unchecked(() -> write(here, much)));
        assertThat(read(there, much.length)).isEqualTo(much);
        writer.join();
        there.close();
        assertThat(here.read(ByteBuffer.allocate(1))).isLessThanOrEqualTo(0);
        here.awaitReadable(PATIENCE_NS);
        assertThat(here.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        here.close();
        assertThat(there.awaitOver(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aBadLinkLosesNothing() throws Exception {
        byte[] much = new byte[300_000];
        new Random(2).nextBytes(much);
        LinkTraits bad =
                LinkTraits.PERFECT
                        .delay(Duration.ofMillis(5))
                        .loss(0.2)
                        .reorder(0.1)
                        .duplicate(0.1);
        try (DatagramLink link = DatagramLink.open(LOOPBACK, server.address(), 17, bad)) {
            DatagramStream there = client.open(link.address(), "thermometer", SECRET);
            Thread writer = Thread.startVirtualThread(() -> unchecked(() -> write(there, much)));
            assertThat(read(taken(), much.length)).isEqualTo(much);
            writer.join();
            assertThat(there.flush(PATIENCE_NS)).isTrue();
        }
    }

    @Test
    void aStrangerIsRefused() {
        for (String name : new String[] {"thermometer", "somebody"}) {
            assertThatThrownBy(() -> client.open(server.address(), name, new byte[] {1}))
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED))
                    .hasMessageContaining("knows no '" + name + "' with this secret");
        }
        assertThat(came).isEmpty();
    }

    @Test
    void withoutSecretsItListensOnLoopbackAlone() {
        InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 0);
        assertThatThrownBy(() ->
                        DatagramEndpoint.listen(
                                everywhere, DatagramEndpoint.Secrets.OPEN, came::add))
                .hasMessageContaining("for loopback");
    }

    @Test
    void aServerKeepsNothingOfThoseWhoDoNotShowTheyReceive() throws Exception {
        try (DatagramChannel forger = DatagramChannel.open()) {
            forger.bind(LOOPBACK);
            forger.socket().setSoTimeout(5_000);
            for (int i = 0; i < 3_000; i++) {
                ByteBuffer open = ByteBuffer.allocate(59).order(ByteOrder.LITTLE_ENDIAN);
                open.put((byte) 1).putInt(i).putInt(0x47445752).put((byte) 1).position(58);
                forger.send(open.put((byte) 0).flip(), server.address());
            }
            ByteBuffer answer = ByteBuffer.allocate(100);
            SocketAddress from = forger.receive(answer);
            assertThat(from).isEqualTo(server.address());
            assertThat(answer.flip().get()).isEqualTo((byte) 2);
            assertThat(answer.limit()).isLessThan(59);
        }
        assertThat(came).isEmpty();
        client.open(server.address(), "thermometer", SECRET);
        taken();
    }

    @Test
    void anotherVersionIsToldSo() throws Exception {
        try (DatagramChannel other = DatagramChannel.open()) {
            other.bind(LOOPBACK);
            ByteBuffer open = ByteBuffer.allocate(59).order(ByteOrder.LITTLE_ENDIAN);
            open.put((byte) 1).putInt(9).putInt(0x47445752).put((byte) 2).position(58);
            other.send(open.put((byte) 0).flip(), server.address());
            ByteBuffer answer = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
            other.receive(answer);
            assertThat(answer.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {5, 9, 0, 0, 0, 1}));
        }
    }

    @Test
    void anEndpointThatClosesTellsItsPeers() throws Exception {
        DatagramStream there = client.open(server.address(), "thermometer", SECRET);
        taken();
        server.close();
        assertThat(there.awaitOver(10, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> there.write(ByteBuffer.allocate(1)))
                .hasMessageContaining("has given the stream up");
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void unchecked(Action action) {
        try {
            action.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
