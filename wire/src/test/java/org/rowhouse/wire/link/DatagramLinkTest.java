package org.rowhouse.wire.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatagramLinkTest {
    private static final long SEED = 42;
    private static final InetSocketAddress ANY =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final DatagramSocket server = newSocket();
    private final DatagramSocket client = newSocket();

    DatagramLinkTest() {
        Thread.ofVirtual().start(this::echo);
    }

    @AfterEach
    void closeAll() {
        server.close();
        client.close();
    }

    @Test
    void aDatagramTakesTheDelayBothWays() throws Exception {
        LinkTraits far = LinkTraits.PERFECT.delay(Duration.ofMillis(40));
        try (DatagramLink link = DatagramLink.open(ANY, address(server), SEED, far)) {
            long beganNs = System.nanoTime();
            send(link, 1);
            assertThat(receive()).isEqualTo(1);
            assertThat(Duration.ofNanos(System.nanoTime() - beganNs))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(80));
        }
    }

    @Test
    void someAreLostAndSomeComeTwiceAndWhichIsASeedsChoice() throws Exception {
        Set<Integer> first = survivors();
        assertThat(first).hasSizeBetween(90, 170); // of 200, with 20 % lost each way
        assertThat(survivors()).as("seed " + SEED).isEqualTo(first);
    }

    private Set<Integer> survivors() throws IOException {
        // A duplicate has a number of its own on the way back: none here, for the same fates.
        LinkTraits lossy = LinkTraits.PERFECT.loss(0.2);
        Set<Integer> numbers = new HashSet<>();
        try (DatagramLink link = DatagramLink.open(ANY, address(server), SEED, lossy)) {
            for (int i = 0; i < 200; i++) {
                send(link, i);
            }
            client.setSoTimeout(10_000);
            while (link.ahead().taken() < 200
                    || link.backwards().taken() < link.ahead().passed()
                    || numbers.size() < link.backwards().passed()) {
                numbers.add(receive());
            }
        }
        return numbers;
    }

    @Test
    void nothingPassesACutLinkUntilItHeals() throws Exception {
        try (DatagramLink link =
                DatagramLink.open(ANY, address(server), SEED, LinkTraits.PERFECT)) {
            link.cut();
            send(link, 1);
            while (link.counts().cut() == 0) {
                Thread.onSpinWait();
            }
            link.heal();
            send(link, 2);
            assertThat(receive()).isEqualTo(2);
        }
    }

    private void send(DatagramLink link, int number) throws IOException {
        client.send(new DatagramPacket(new byte[] {(byte) number}, 1, link.address()));
    }

    private int receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[16], 16);
        client.receive(packet);
        return packet.getData()[0] & 0xff;
    }

    private void echo() {
        DatagramPacket packet = new DatagramPacket(new byte[16], 16);
        while (!server.isClosed()) {
            try {
                packet.setLength(16);
                server.receive(packet);
                server.send(packet);
            } catch (IOException e) {
                // closed
            }
        }
    }

    private static InetSocketAddress address(DatagramSocket socket) {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private static DatagramSocket newSocket() {
        try {
            return new DatagramSocket(ANY);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
