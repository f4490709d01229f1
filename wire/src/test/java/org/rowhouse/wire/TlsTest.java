package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Who is let in over TLS, and whom a client trusts. */
class TlsTest {
    private static final CallOptions SOON = CallOptions.within(Duration.ofSeconds(20));

    private static KeyStore server;
    private static KeyStore client;
    private static KeyStore stranger;

    private Listener listener;

    @BeforeAll
    static void makeKeys() throws Exception {
        server = KeyStores.make("the-server");
        client = KeyStores.make("the-client");
        stranger = KeyStores.make("a-stranger");
    }

    private InetSocketAddress listen() throws Exception {
        listener =
                Wire.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Gate.token("secret"),
                        KeyStores.context(server, client),
                        "server",
                        new Echo());
        return listener.address();
    }

    @AfterEach
    void close() {
        listener.close();
    }

    @Test
    void bothSidesAreWhoTheirCertificatesSay() throws Exception {
        Connection connection =
                Wire.connect(
                        listen(),
                        Credentials.shown("someone-else"),
                        KeyStores.context(client, server),
                        new Echo());
        assertThat(connection.peer()).isEqualTo("the-server");
        ConnectionTest.await(() -> !listener.connections().isEmpty());
        assertThat(listener.connections().getFirst().peer()).isEqualTo("the-client");
        byte[] large = new byte[1_000_000];
        assertThat(connection.call(Echo.SLOW, large, SOON)).isEqualTo(large);
    }

    @Test
    void aClientWithoutACertificateNeedsTheToken() throws Exception {
        InetSocketAddress address = listen();
        SSLContext anonymous = KeyStores.context(null, server);
        assertCode(
                ErrorCode.UNAUTHORIZED,
                () -> Wire.connect(address, Credentials.shown("a"), anonymous, new Echo()));
        Connection connection =
                Wire.connect(address, new Credentials("a", "secret"), anonymous, new Echo());
        assertThat(connection.call(Echo.QUICK, new byte[3], SOON)).hasSize(3);
    }

    @Test
    void aStrangersCertificateIsNotTrustedOnEitherSide() throws Exception {
        InetSocketAddress address = listen();
        assertCode(
                ErrorCode.CERTIFICATE_REFUSED,
                () ->
                        Wire.connect(
                                address,
                                Credentials.shown("a"),
                                KeyStores.context(client, stranger),
                                new Echo()));
        assertThatThrownBy(() ->
                        Wire.connect(
                                address,
                                Credentials.shown("a"),
                                KeyStores.context(stranger, server),
                                new Echo()))
                .isInstanceOf(RowhouseException.class);
        ConnectionTest.await(() -> listener.connections().isEmpty());
    }

    @Test
    void plainBytesAreNoTls() throws Exception {
        try (RawClient raw = new RawClient(listen())) {
            raw.send(RawClient.hello(1, 1, "a", new byte[32]));
            assertThat(raw.closed()).isTrue();
        }
    }

    @Test
    void aRecordThatIsTooLongIsRefusedAtOnce() throws Exception {
        InetSocketAddress address = listen();
        try (Socket below = new Socket(address.getAddress(), address.getPort());
                SSLSocket sealed =
                        (SSLSocket)
                                KeyStores.context(null, server)
                                        .getSocketFactory()
                                        .createSocket(below, "127.0.0.1", 0, false)) {
            sealed.startHandshake();
            below.setSoTimeout((int) WireBounds.BEGINNING_PATIENCE.toMillis() / 2);
            below.getOutputStream().write(new byte[] {23, 3, 3, -1, -1});
            assertThat(below.getInputStream().readAllBytes()).hasSizeLessThan(4_096);
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void assertCode(ErrorCode code, Work work) {
        assertThatThrownBy(work::run)
                .isInstanceOf(RowhouseException.class)
                .extracting(e -> ((RowhouseException) e).code())
                .isEqualTo(code);
    }
}
