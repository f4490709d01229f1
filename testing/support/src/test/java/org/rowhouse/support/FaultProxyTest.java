package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the proxy does to a server that says each line again. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class FaultProxyTest {
    private static final int SILENT_MS = 150;
    private static final Duration SOON = Duration.ofSeconds(20);

    private ServerSocket echoes;
    private FaultProxy proxy;

    @BeforeEach
    void open() throws IOException {
        echoes = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
        proxy = FaultProxy.before((InetSocketAddress) echoes.getLocalSocketAddress());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        echoes.close();
    }

    private void serve() {
        while (!echoes.isClosed()) {
            try {
                Socket guest = echoes.accept();
                Thread.ofVirtual()
                        .start(() -> {
                            try (guest) {
                                guest.getInputStream().transferTo(guest.getOutputStream());
                            } catch (IOException e) {
                                // reset, as the test wants it
                            }
                        });
            } catch (IOException e) {
                return;
            }
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(proxy.address());
        socket.setSoTimeout(Math.toIntExact(SOON.toMillis()));
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hear(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
    }

    private static void expectSilence(Socket socket) throws IOException {
        socket.setSoTimeout(SILENT_MS);
        assertThatThrownBy(() -> socket.getInputStream().read())
                .isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(Math.toIntExact(SOON.toMillis()));
    }

    @Test
    void withoutFaultsAllPassesAndEndsAsBothSidesWant() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "x".repeat(100_000));
            socket.shutdownOutput();
            assertThat(hear(socket, 200_000)).isEqualTo("x".repeat(100_000));
        }
        Await.until(SOON, () -> proxy.connections() == 0, () -> proxy.connections() + " left");
    }

    @Test
    void aCutTellsNobodyAndWhatWaitedArrivesWhenItIsHealed() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "one");
            assertThat(hear(socket, 3)).isEqualTo("one");
            proxy.cut();
            send(socket, "two");
            expectSilence(socket);
            proxy.heal();
            assertThat(hear(socket, 3)).isEqualTo("two");
        }
    }

    @Test
    void aServerThatDiesBehindACutIsNotNoticed() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "one");
            assertThat(hear(socket, 3)).isEqualTo("one");
            proxy.cut(FaultProxy.Direction.TO_CLIENT);
            socket.shutdownOutput(); // makes the server close its side
            expectSilence(socket);
            proxy.heal();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void behindACutNewConnectionsAreMadeAndGetNoAnswer() throws IOException {
        proxy.cut();
        try (Socket socket = connect()) {
            send(socket, "one");
            expectSilence(socket);
            proxy.heal();
            assertThat(hear(socket, 3)).isEqualTo("one");
        }
    }

    @Test
    void aForgottenConnectionStaysHalfOpenAndNewOnesWork() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "one");
            assertThat(hear(socket, 3)).isEqualTo("one");
            proxy.forget();
            send(socket, "two");
            expectSilence(socket);
            try (Socket other = connect()) {
                send(other, "three");
                assertThat(hear(other, 5)).isEqualTo("three");
            }
            expectSilence(socket);
        }
        Await.until(SOON, () -> proxy.connections() == 0, () -> proxy.connections() + " left");
    }

    @Test
    void aResetEndsBothSidesAtOnce() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "one");
            assertThat(hear(socket, 3)).isEqualTo("one");
            proxy.reset();
            assertThatThrownBy(
                            () -> {
                                if (socket.getInputStream().read() < 0) {
                                    throw new IOException("ended");
                                }
                            })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void refusedConnectionsAreResetAndOldOnesLive() throws IOException {
        try (Socket old = connect()) {
            send(old, "one");
            assertThat(hear(old, 3)).isEqualTo("one");
            proxy.refuse();
            try (Socket fresh = connect()) {
                assertThatThrownBy(
                                () -> {
                                    send(fresh, "two");
                                    if (fresh.getInputStream().read() < 0) {
                                        throw new IOException("ended");
                                    }
                                })
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(SocketTimeoutException.class);
            }
            send(old, "three");
            assertThat(hear(old, 5)).isEqualTo("three");
        }
    }

    @Test
    void delayAndThrottleTakeTheirTime() throws IOException {
        try (Socket socket = connect()) {
            proxy.delay(Duration.ofMillis(200));
            long fromNs = System.nanoTime();
            send(socket, "one");
            assertThat(hear(socket, 3)).isEqualTo("one");
            assertThat(System.nanoTime() - fromNs).isGreaterThan(400_000_000L);
            proxy.heal();
            proxy.throttle(100_000);
            fromNs = System.nanoTime();
            send(socket, "x".repeat(50_000));
            assertThat(hear(socket, 50_000)).hasSize(50_000);
            assertThat(System.nanoTime() - fromNs).isGreaterThan(200_000_000L);
        }
    }
}
