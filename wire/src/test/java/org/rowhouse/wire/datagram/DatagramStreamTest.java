package org.rowhouse.wire.datagram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In simulated time, so that what is said about time holds on any machine. */
class DatagramStreamTest {
    private static final long RUN_NS = Duration.ofMinutes(5).toNanos();
    private static final Simulated.Link GOOD =
            new Simulated.Link(0, 25_000_000, 2.5e6, 250_000, 0, 0);

    private static byte[] bytes(long seed, int length) {
        byte[] made = new byte[length];
        new Random(seed).nextBytes(made);
        return made;
    }

    private static Simulated.Link with(Simulated.Link link, double loss) {
        return new Simulated.Link(
                loss,
                link.delayNs(),
                link.bytesPerSecond(),
                link.queueBytes(),
                link.reorder(),
                link.duplicate());
    }

    @Test
    void whateverTheLinkDoesAllBytesArriveInOrder() throws IOException {
        long first = System.nanoTime();
        for (int i = 0; i < 150; i++) {
            long seed = first + i;
            SplittableRandom random = new SplittableRandom(seed);
            Simulated.Link link =
                    new Simulated.Link(
                            random.nextDouble(0.4),
                            random.nextLong(100_000, 120_000_000),
                            random.nextDouble(50e3, 50e6),
                            random.nextInt(5_000, 500_000),
                            random.nextDouble(0.3),
                            random.nextDouble(0.2));
            byte[] bytes = bytes(seed, random.nextInt(1, 300_000));
            try {
                new Simulated(seed, link, random.nextBoolean()).transferNs(bytes, RUN_NS);
            } catch (IOException e) {
                throw new AssertionError("seed " + seed + ", " + link, e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aFifthLostCostsNoMoreThanTwoFifthsOfTheRate(long seed) throws IOException {
        byte[] megabyte = bytes(seed, 1 << 20);
        long whole = new Simulated(seed, GOOD, true).transferNs(megabyte, RUN_NS);
        long lossy = new Simulated(seed, with(GOOD, 0.2), true).transferNs(megabyte, RUN_NS);
        System.out.printf(
                "seed %d: 1 MB in %d ms, with 20 %% loss in %d ms: %.2f of the rate%n",
                seed, whole / 1_000_000, lossy / 1_000_000, (double) whole / lossy);
        assertThat((double) whole / lossy).isGreaterThanOrEqualTo(0.6);
    }

    @Test
    void aFullLinkIsNotTakenForABadOne() throws IOException {
        Simulated.Link narrow = new Simulated.Link(0, 10_000_000, 250e3, 20_000, 0, 0);
        Simulated both = new Simulated(1, narrow, false);
        both.transferNs(bytes(1, 4 << 20), RUN_NS);
        assertThat((double) both.lost / both.packets).isLessThan(0.15);
    }

    @Test
    void whoeverDoesNotReadStopsTheSender() throws IOException {
        Simulated both = new Simulated(1, GOOD, false);
        ByteBuffer much = ByteBuffer.allocate(8 << 20);
        for (int i = 0; i < 20_000; i++) {
            both.client.write(much);
            both.step();
        }
        assertThat(much.position())
                .isLessThanOrEqualTo(
                        DatagramBounds.SEND_BUFFER_BYTES + DatagramBounds.RECEIVE_BUFFER_BYTES);
        ByteBuffer read = ByteBuffer.allocate(8 << 20);
        while (read.hasRemaining()) {
            both.client.write(much);
            both.step();
            both.server.read(read);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void aLostWordOfNewRoomHoldsTheSenderUpForLessThanAKeepAlive(long seed) throws IOException {
        int size = 4 << 20;
        Simulated both = new Simulated(seed, with(GOOD, 0.3), false);
        ByteBuffer much = ByteBuffer.allocate(size);
        ByteBuffer read = ByteBuffer.allocate(size);
        long longestNs = 0;
        long heldUpNs = 0;
        long fullNs = 0;
        while (read.position() < size) {
            both.client.write(much);
            long beganNs = both.nowNs;
            assertThat(both.step()).isTrue();
            long tookNs = both.nowNs - beganNs;
            int whole = Math.min(DatagramBounds.RECEIVE_BUFFER_BYTES, size - read.position());
            fullNs = both.server.waiting() >= whole ? fullNs + tookNs : 0;
            heldUpNs = both.server.waiting() == 0 ? heldUpNs + tookNs : 0;
            longestNs = Math.max(longestNs, heldUpNs);
            // It reads all at once, and only when the sender has long known that it may send no
            // more.
            if (fullNs > Duration.ofSeconds(1).toNanos()) {
                both.server.read(read);
            }
        }
        assertThat(longestNs).isLessThan(Duration.ofSeconds(2).toNanos());
    }

    @Test
    void aSilentPeerIsGivenUp() throws IOException {
        Simulated both = new Simulated(1, with(GOOD, 1), false);
        both.client.write(ByteBuffer.wrap(bytes(1, 100)));
        long beganNs = both.nowNs;
        while (both.step()) {
            assertThat(both.nowNs - beganNs)
                    .isLessThan(DatagramBounds.SILENCE_MAX.multipliedBy(2).toNanos());
        }
        assertThatThrownBy(() -> both.client.write(ByteBuffer.allocate(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has not answered for too long");
    }

    @Test
    void anIdleStreamLives() throws IOException {
        Simulated both = new Simulated(1, with(GOOD, 0.2), false);
        long untilNs = both.nowNs + Duration.ofMinutes(10).toNanos();
        while (both.nowNs < untilNs) {
            assertThat(both.step()).isTrue();
        }
        both.transferNs(bytes(1, 5_000), RUN_NS);
    }

    @Test
    void theEndOfTheStreamArrivesToo() throws IOException {
        Simulated both = new Simulated(7, with(GOOD, 0.3), false);
        both.client.write(ByteBuffer.wrap(bytes(1, 50_000)));
        both.client.endWriting();
        ByteBuffer come = ByteBuffer.allocate(60_000);
        int length = 0;
        while (length >= 0) {
            assertThat(both.step()).isTrue();
            length = both.server.read(come);
        }
        assertThat(Arrays.copyOf(come.array(), come.position())).isEqualTo(bytes(1, 50_000));
        assertThatThrownBy(() -> both.client.write(ByteBuffer.allocate(1)))
                .hasMessageContaining("has ended");
    }

    @Test
    void forgedAndRepeatedPacketsChangeNothing() throws IOException {
        Simulated both = new Simulated(1, GOOD, true);
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer left = ByteBuffer.wrap(bytes(1, 200_000));
        ByteBuffer come = ByteBuffer.allocate(200_000);
        while (come.hasRemaining()) {
            byte[] forged = new byte[random.nextInt(DatagramStream.HEADER_BYTES, 1_200)];
            random.nextBytes(forged);
            ByteBuffer.wrap(forged)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(DatagramStream.PACKET)
                    .putInt(2)
                    .putLong(random.nextLong(0, 1_000));
            both.inject(random.nextBoolean(), forged);
            both.client.write(left);
            both.step();
            both.server.read(come);
        }
        assertThat(come.array()).isEqualTo(bytes(1, 200_000));
    }

    @Test
    void nonsenseFromThePeerItselfEndsTheStreamAndNothingElse() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        int ended = 0;
        for (int i = 0; i < 2_000; i++) {
            Simulated both = new Simulated(i, GOOD, false);
            byte[] packet = new byte[random.nextInt(DatagramStream.HEADER_BYTES + 1, 200)];
            random.nextBytes(packet);
            ByteBuffer.wrap(packet)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(DatagramStream.PACKET)
                    .putInt(2)
                    .putLong(0);
            packet[DatagramStream.HEADER_BYTES] &= 31;
            both.inject(true, packet);
            both.step();
            both.step();
            try {
                both.server.write(ByteBuffer.allocate(1));
            } catch (IOException e) {
                ended++;
                assertThat(e).hasMessageMatching(".*(does not keep to|has given).*");
            }
        }
        assertThat(ended).isGreaterThan(1_000);
    }

    @Test
    void acknowledgingWhatWasNeverSentEndsTheStream() throws IOException {
        Simulated both = new Simulated(1, GOOD, false);
        ByteBuffer lie = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        lie.put(DatagramStream.PACKET).putInt(2).putLong(0);
        lie.put((byte) PacketBody.ACKNOWLEDGES).putLong(1_000).putLong(5_000).putInt(0);
        lie.put((byte) 1).putInt(0);
        both.inject(true, Arrays.copyOf(lie.array(), lie.position()));
        both.step();
        both.step();
        assertThatThrownBy(() -> both.server.write(ByteBuffer.allocate(1)))
                .hasMessageContaining("does not keep to the protocol");
    }
}
