package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.link.DatagramLink;
import org.rowhouse.wire.link.LinkTraits;

/** Calls by UDP, over a link that loses, repeats and reorders. */
class DatagramTransportTest {
    private static final InetSocketAddress LOOPBACK =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Operation ECHO = new Operation("test/echo", "", "");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Service NOTHING = (operation, peer) -> null;

    private static final class Echo implements Service, Service.Endpoint {
        @Override
        public @Nullable Endpoint find(String operation, String peer) {
            return operation.equals(ECHO.name()) && peer.equals("thermometer") ? this : null;
        }

        @Override
        public Operation operation() {
            return ECHO;
        }

        @Override
        public boolean quick() {
            return false;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) {
            return request;
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
            for (byte[] item = exchange.receive(); item != null; item = exchange.receive()) {
                exchange.send(item);
            }
            exchange.endSending();
        }
    }

    @Test
    void callsAndExchangesSurviveABadLink() {
        LinkTraits bad =
                LinkTraits.PERFECT
                        .delay(Duration.ofMillis(4))
                        .loss(0.2)
                        .reorder(0.1)
                        .duplicate(0.1);
        byte[] much = new byte[200_000];
        new Random(3).nextBytes(much);
        try (Listener listener =
                        Wire.listenDatagrams(LOOPBACK, Gate.token("secret"), "node", new Echo());
                DatagramLink link = DatagramLink.open(LOOPBACK, listener.address(), 5, bad);
                Connection connection =
                        Wire.connectDatagrams(
                                link.address(),
                                new Credentials("thermometer", "secret"),
                                NOTHING)) {
            for (int i = 0; i < 20; i++) {
                byte[] small = {(byte) i};
                assertThat(connection.call(ECHO, small, CallOptions.within(PATIENCE)))
                        .isEqualTo(small);
            }
            assertThat(connection.call(ECHO, much, CallOptions.within(PATIENCE))).isEqualTo(much);
            try (Exchange exchange =
                    connection.open(ECHO, new byte[0], CallOptions.within(PATIENCE))) {
                for (int i = 0; i < 50; i++) {
                    exchange.send(new byte[] {(byte) i});
                }
                exchange.endSending();
                for (int i = 0; i < 50; i++) {
                    assertThat(exchange.receive()).containsExactly(i);
                }
                assertThat(exchange.receive()).isNull();
            }
        }
    }

    @Test
    void aWrongTokenIsRefused() {
        try (Listener listener =
                Wire.listenDatagrams(LOOPBACK, Gate.token("secret"), "node", new Echo())) {
            assertThatThrownBy(() ->
                            Wire.connectDatagrams(
                                    listener.address(),
                                    new Credentials("thermometer", "guess"),
                                    NOTHING))
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
        }
    }
}
