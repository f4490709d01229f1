package org.rowhouse.wire.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamLinkTest {
    private static final long SEED = 42;
    private static final InetSocketAddress ANY =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final ServerSocket server = newServer();

    StreamLinkTest() {
        Thread.ofVirtual().start(this::echo);
    }

    @AfterEach
    void closeServer() throws IOException {
        server.close();
    }

    @Test
    void everyByteArrivesInOrderLateAndSlowlyAndTheEndToo() throws Exception {
        LinkTraits bad =
                LinkTraits.PERFECT
                        .delay(Duration.ofMillis(20))
                        .jitter(Duration.ofMillis(5))
                        .rate(2_000_000, 10_000)
                        .stall(0.1, Duration.ofMillis(10));
        byte[] sent = new byte[200_000];
        new Random(SEED).nextBytes(sent);
        try (StreamLink link = open(bad);
                Socket client = connect(link)) {
            long beganNs = System.nanoTime();
            Thread.ofVirtual().start(() -> write(client, sent));
            byte[] got = client.getInputStream().readAllBytes();
            assertThat(got).as("seed " + SEED).isEqualTo(sent);
            assertThat(Duration.ofNanos(System.nanoTime() - beganNs))
                    .as("two delays and 200 kB at 2 MB/s")
                    .isGreaterThanOrEqualTo(Duration.ofMillis(140));
        }
    }

    @Test
    void whatWasSentIntoACutArrivesWhenItHeals() throws Exception {
        try (StreamLink link = open(LinkTraits.PERFECT);
                Socket client = connect(link)) {
            client.getOutputStream().write(1);
            assertThat(client.getInputStream().read()).isEqualTo(1);
            link.cut();
            client.getOutputStream().write(2);
            client.setSoTimeout(100);
            assertThatThrownBy(() -> client.getInputStream().read())
                    .isInstanceOf(SocketTimeoutException.class);
            link.heal();
            client.setSoTimeout(10_000);
            assertThat(client.getInputStream().read()).isEqualTo(2);
        }
    }

    @Test
    void aResetEndsBothSides() throws Exception {
        try (StreamLink link = open(LinkTraits.PERFECT);
                Socket client = connect(link)) {
            client.getOutputStream().write(1);
            assertThat(client.getInputStream().read()).isEqualTo(1);
            link.reset();
            assertThatThrownBy(() -> client.getInputStream().read())
                    .isInstanceOf(SocketException.class);
            assertThat(link.connections()).isZero();
        }
    }

    private StreamLink open(LinkTraits traits) {
        return StreamLink.open(
                ANY, (InetSocketAddress) server.getLocalSocketAddress(), SEED, traits);
    }

    private static Socket connect(StreamLink link) throws IOException {
        Socket client = new Socket();
        client.connect(link.address());
        client.setSoTimeout(30_000);
        return client;
    }

    private static void write(Socket client, byte[] bytes) {
        try {
            client.getOutputStream().write(bytes);
            client.shutdownOutput();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void echo() {
        while (!server.isClosed()) {
            try {
                Socket one = server.accept();
                Thread.ofVirtual().start(() -> echo(one));
            } catch (IOException e) {
                // closed
            }
        }
    }

    private static void echo(Socket one) {
        try (one) {
            one.getInputStream().transferTo(one.getOutputStream());
            one.shutdownOutput();
        } catch (IOException e) {
            // reset
        }
    }

    private static ServerSocket newServer() {
        try {
            return new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
