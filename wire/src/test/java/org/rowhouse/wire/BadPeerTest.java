package org.rowhouse.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Peers that break the protocol, forge, replay, dawdle or do not read harm themselves alone. */
class BadPeerTest {
    private static final CallOptions SOON = CallOptions.within(Duration.ofSeconds(20));
    private static final byte[] NONE = {};

    private final Echo echo = new Echo();
    private Listener listener;
    private Connection good;

    @BeforeEach
    void listen() {
        listener =
                Wire.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Gate.token("secret"),
                        null,
                        "server",
                        echo);
        good = connect("secret");
    }

    private Connection connect(String token) {
        return Wire.connect(listener.address(), new Credentials("good", token), null, new Echo());
    }

    @AfterEach
    void theGoodPeerIsUnharmed() {
        byte[] request = "on".getBytes(StandardCharsets.UTF_8);
        assertThat(good.call(Echo.QUICK, request, SOON)).isEqualTo(request);
        assertThat(good.call(Echo.SLOW, request, SOON)).isEqualTo(request);
        assertThat(connect("secret").call(Echo.SLOW, request, SOON)).isEqualTo(request);
        listener.close();
    }

    @Test
    void theProtocolCanBeSpokenByItsDescription() throws Exception {
        try (RawClient raw = new RawClient(listener.address())) {
            raw.begin("device", "secret");
            RawClient.Got welcome = raw.read();
            assertThat(welcome.kind()).isEqualTo(Frame.WELCOME);
            raw.declare(5, "test/quick");
            raw.send(Frame.CALL, 0, 5, 7, new byte[] {1, 2, 3});
            assertThat(raw.read().kind()).isEqualTo(Frame.DECLARED);
            RawClient.Got reply = raw.read();
            assertThat(reply.kind()).isEqualTo(Frame.REPLY);
            assertThat(reply.exchange()).isEqualTo(7);
            assertThat(reply.body()).containsExactly(1, 2, 3);
            assertThat(echo.last.peer()).isEqualTo("device");
            raw.send(Frame.PING, 0, 0, 0, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
            assertThat(raw.read().kind()).isEqualTo(Frame.PONG);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("beginnings")
    void aWrongBeginningIsRefusedWithTheReason(String what, byte[] sent, int number, String reason)
            throws Exception {
        try (RawClient raw = new RawClient(listener.address())) {
            raw.send(sent);
            RawClient.Got refused = raw.read();
            assertThat(refused.kind()).isEqualTo(Frame.REFUSED);
            assertThat(refused.number()).isEqualTo(number);
            assertThat(refused.text()).contains(reason);
            assertThat(raw.closed()).isTrue();
        }
    }

    static Stream<Arguments> beginnings() {
        byte[] nonce = new byte[32];
        byte[] wrongMagic = RawClient.hello(1, 1, "a", nonce);
        wrongMagic[12] = 'X';
        return Stream.of(
                Arguments.of(
                        "a web browser",
                        "GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.UTF_8),
                        100,
                        "unknown"),
                Arguments.of("another protocol", wrongMagic, 100, "not the protocol"),
                Arguments.of(
                        "a newer version",
                        RawClient.hello(2, 9, "a", nonce),
                        100,
                        "versions 2 to 9"),
                Arguments.of(
                        "no proof",
                        RawClient.hello(1, 1, "a", NONE),
                        113,
                        "token or a certificate"),
                Arguments.of(
                        "a limit of 0",
                        RawClient.hello(1, 1, "a", nonce, 65_536, 65_536, 0, 65_536),
                        100,
                        "limit"),
                Arguments.of(
                        "a negative limit",
                        RawClient.hello(1, 1, "a", nonce, -1, 65_536, 1, 65_536),
                        100,
                        "limit"),
                Arguments.of(
                        "too short", RawClient.frame(1, 0, 0, 0, new byte[3]), 100, "protocol"),
                Arguments.of(
                        "cut off",
                        RawClient.frame(
                                1, 0, 0, 0, "RWHS\1\0\1\0".getBytes(StandardCharsets.UTF_8)),
                        100,
                        "too short"),
                Arguments.of("a call first", RawClient.frame(8, 0, 1, 1, NONE), 100, "began"),
                Arguments.of(
                        "an endless frame",
                        ByteBuffer.allocate(12)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(Integer.MAX_VALUE)
                                .put((byte) 1)
                                .array(),
                        100,
                        "limit"));
    }

    @Test
    void aForgedTokenIsRefused() {
        assertThatThrownBy(() -> connect("guess"))
                .isInstanceOf(RowhouseException.class)
                .extracting(e -> ((RowhouseException) e).code())
                .isEqualTo(ErrorCode.UNAUTHORIZED);
    }

    @Test
    void whatSomeoneHasRecordedCannotBeReplayed() throws Exception {
        byte[] recorded;
        try (RawClient raw = new RawClient(listener.address())) {
            recorded = raw.begin("device", "secret");
            assertThat(raw.read().kind()).isEqualTo(Frame.WELCOME);
        }
        try (RawClient raw = new RawClient(listener.address())) {
            raw.send(recorded);
            assertThat(raw.read().kind()).isEqualTo(Frame.CHALLENGE);
            RawClient.Got refused = raw.read();
            assertThat(refused.kind()).isEqualTo(Frame.REFUSED);
            assertThat(refused.number()).isEqualTo(ErrorCode.UNAUTHORIZED.number());
        }
    }

    @Test
    void aServerThatDoesNotKnowTheTokenIsNotTrusted() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> pretend(server));
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
            assertThatThrownBy(() ->
                            Wire.connect(
                                    address, new Credentials("good", "secret"), null, new Echo()))
                    .isInstanceOf(RowhouseException.class)
                    .extracting(e -> ((RowhouseException) e).code())
                    .isEqualTo(ErrorCode.UNAUTHORIZED);
        }
    }

    /** Lets anybody in, and shows a proof that is none. */
    private static void pretend(ServerSocket server) {
        try (Socket client = server.accept()) {
            client.getOutputStream().write(RawClient.frame(2, 0, 0, 0, new byte[32]));
            ByteBuffer welcome = ByteBuffer.allocate(52).order(ByteOrder.LITTLE_ENDIAN);
            welcome.putShort((short) 1).putInt(65_536).putInt(65_536).putInt(1).putInt(65_536);
            welcome.put((byte) 0).put((byte) 1);
            client.getOutputStream().write(RawClient.frame(4, 0, 0, 0, welcome.array()));
            client.getInputStream().readAllBytes();
        } catch (IOException gone) {
            // The client has seen enough.
        }
    }

    @Test
    void plainTcpIsOnlyForThisMachine() {
        InetSocketAddress elsewhere = new InetSocketAddress("192.0.2.1", 1);
        assertThatThrownBy(
                        () -> Wire.connect(elsewhere, new Credentials("a", "b"), null, new Echo()))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("TLS");
        assertThatThrownBy(() ->
                        Wire.listen(
                                new InetSocketAddress("0.0.0.0", 0),
                                Gate.token("a"),
                                null,
                                "a",
                                new Echo()))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("TLS");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"breaches", "breachesInExchanges"})
    void aBreachOfTheProtocolEndsTheConnection(String what, byte[][] frames, String reason)
            throws Exception {
        try (RawClient raw = new RawClient(listener.address())) {
            raw.begin("device", "secret");
            raw.read();
            raw.declare(1, "test/waits");
            raw.declare(2, "test/holds");
            raw.read();
            raw.read();
            for (byte[] frame : frames) {
                raw.send(frame);
            }
            RawClient.Got bye = raw.read();
            assertThat(bye.kind()).isEqualTo(Frame.BYE);
            assertThat(bye.number()).isEqualTo(ErrorCode.INVALID_ARGUMENT.number());
            assertThat(bye.text()).contains(reason);
            assertThat(raw.closed()).isTrue();
        }
        ConnectionTest.await(() -> listener.connections().size() == 1);
    }

    static Stream<Arguments> breaches() {
        byte[] wait = RawClient.frame(Frame.CALL, 0, 1, 1, NONE);
        byte[] part = RawClient.frame(Frame.CALL, Frame.MORE, 1, 5, new byte[10]);
        return Stream.of(
                breach("an unknown kind", "unknown kind", RawClient.frame(77, 0, 0, 0, NONE)),
                breach("kind 0", "unknown kind", RawClient.frame(0, 0, 0, 0, NONE)),
                breach("an unknown flag", "flags", RawClient.frame(Frame.CALL, 128, 1, 1, NONE)),
                breach(
                        "a flag too many",
                        "flags",
                        RawClient.frame(Frame.PING, 1, 0, 0, new byte[8])),
                breach(
                        "a long frame",
                        "limit",
                        RawClient.frame(Frame.CALL, 0, 1, 1, new byte[65_537])),
                breach("no such operation", "declared", RawClient.frame(Frame.CALL, 0, 9, 1, NONE)),
                breach("operation 0", "declared", RawClient.frame(Frame.CALL, 0, 0, 1, NONE)),
                breach(
                        "operation 65,535",
                        "declared",
                        RawClient.frame(Frame.CALL, 0, 65_535, 1, NONE)),
                breach("the server's number", "number", RawClient.frame(Frame.CALL, 0, 1, 2, NONE)),
                breach("number 0", "number", RawClient.frame(Frame.CALL, 0, 1, 0, NONE)),
                breach("a number in use", "under way", wait, wait),
                breach(
                        "short options",
                        "options",
                        RawClient.frame(Frame.CALL, Frame.DEADLINE | Frame.TRACE, 1, 1, NONE)),
                breach("options in a later part", "options", part, part),
                breach(
                        "flags in a later part",
                        "options",
                        part,
                        RawClient.frame(Frame.CALL, Frame.EXCHANGE, 0, 5, NONE)),
                breach(
                        "a number declared twice",
                        "taken",
                        RawClient.frame(Frame.DECLARE, 0, 1, 0, new byte[6])),
                breach(
                        "a short declaration",
                        "short",
                        RawClient.frame(Frame.DECLARE, 0, 3, 0, new byte[5])),
                breach(
                        "a declaration that lies about its length",
                        "too long",
                        RawClient.frame(Frame.DECLARE, 0, 3, 0, new byte[] {-1, -1, 0, 0, 0, 0})),
                breach(
                        "an answer to no declaration",
                        "declared",
                        RawClient.frame(Frame.DECLARED, 0, 1, 0, new byte[1])));
    }

    static Stream<Arguments> breachesInExchanges() {
        byte[] open = RawClient.frame(Frame.CALL, Frame.EXCHANGE, 2, 3, NONE);
        byte[] item = RawClient.frame(Frame.ITEM, 0, 0, 3, new byte[65_536]);
        return Stream.of(
                breach("items without credit", "credit", open, item, item, item),
                breach(
                        "an item after the end",
                        "end",
                        open,
                        RawClient.frame(Frame.END, 0, 0, 3, NONE),
                        RawClient.frame(Frame.ITEM, 0, 0, 3, NONE)),
                breach(
                        "a credit of 0",
                        "credit",
                        open,
                        RawClient.frame(Frame.CREDIT, 0, 0, 3, new byte[4])),
                breach(
                        "too much credit",
                        "credit",
                        open,
                        RawClient.frame(Frame.CREDIT, 0, 0, 3, new byte[] {-1, -1, -1, 127}),
                        RawClient.frame(Frame.CREDIT, 0, 0, 3, new byte[] {-1, -1, -1, 127})),
                breach(
                        "a short credit",
                        "credit",
                        open,
                        RawClient.frame(Frame.CREDIT, 0, 0, 3, NONE)),
                breach("a short ping", "ping", RawClient.frame(Frame.PING, 0, 0, 0, NONE)),
                breach("a second hello", "beginning", RawClient.hello(1, 1, "a", NONE)));
    }

    private static Arguments breach(String what, String reason, byte[]... frames) {
        return Arguments.of(what, frames, reason);
    }

    @Test
    void framesOfWhatIsOverAreDropped() throws Exception {
        try (RawClient raw = new RawClient(listener.address())) {
            raw.begin("device", "secret");
            raw.read();
            for (int kind :
                    new int[] {Frame.REPLY, Frame.CANCEL, Frame.ITEM, Frame.END, Frame.CREDIT}) {
                for (int exchange : new int[] {0, 1, 2, -1}) {
                    raw.send(kind, 0, 0, exchange, new byte[4]);
                }
            }
            raw.send(Frame.PING, 0, 0, 0, new byte[8]);
            assertThat(raw.read().kind()).isEqualTo(Frame.PONG);
        }
    }

    @Test
    void moreCallsThanThePeerMayHaveAreRefusedOneByOne() throws Exception {
        try (RawClient raw = new RawClient(listener.address())) {
            raw.begin("device", "secret");
            raw.read();
            raw.declare(1, "test/holds");
            raw.read();
            for (int i = 0; i <= WireBounds.EXCHANGES_MAX; i++) {
                raw.send(Frame.CALL, Frame.EXCHANGE, 1, 2 * i + 1, NONE);
            }
            RawClient.Got refused = raw.read();
            assertThat(refused.kind()).isEqualTo(Frame.ERROR);
            assertThat(refused.number()).isEqualTo(ErrorCode.OVERLOADED.number());
            assertThat(refused.exchange()).isEqualTo(2 * WireBounds.EXCHANGES_MAX + 1);
        }
        ConnectionTest.await(() -> echo.interrupted.size() == WireBounds.EXCHANGES_MAX);
    }

    @Test
    void requestsInPartsHoldNoMoreThanAConnectionMay() throws Exception {
        try (RawClient raw = new RawClient(listener.address())) {
            raw.begin("device", "secret");
            raw.read();
            raw.declare(1, "test/slow");
            raw.read();
            byte[] part = new byte[65_536];
            int calls = 4;
            for (int round = 0; round < 200; round++) {
                for (int call = 0; call < calls; call++) {
                    raw.send(Frame.CALL, Frame.MORE, round == 0 ? 1 : 0, 2 * call + 1, part);
                }
            }
            RawClient.Got refused = raw.read();
            assertThat(refused.kind()).isEqualTo(Frame.ERROR);
            assertThat(refused.number()).isEqualTo(ErrorCode.OVERLOADED.number());
        }
    }

    @Test
    void aPeerThatDawdlesOrNeverReadsIsDropped() throws Exception {
        try (RawClient silent = new RawClient(listener.address());
                RawClient halfHello = new RawClient(listener.address());
                RawClient halfFrame = new RawClient(listener.address());
                RawClient deaf = new RawClient(listener.address())) {
            halfHello.send(new byte[] {40, 0, 0});
            halfFrame.begin("device", "secret");
            halfFrame.read();
            halfFrame.send(new byte[] {100, 0, 0, 0, Frame.CALL});
            deaf.begin("deaf", "secret");
            deaf.read();
            deaf.declare(1, "test/quick");
            deaf.declare(2, "test/slow");
            Thread.startVirtualThread(() -> askForEver(deaf));
            assertThat(silent.closed()).isTrue();
            assertThat(halfHello.closed()).isTrue();
            assertThat(halfFrame.closed()).isTrue();
            ConnectionTest.await(() -> listener.connections().size() == 1);
        }
    }

    private static void askForEver(RawClient deaf) {
        Random random = new Random(1);
        try {
            for (int number = 1; ; number += 2) {
                deaf.send(Frame.CALL, 0, 1 + random.nextInt(2), number, new byte[20_000]);
            }
        } catch (IOException dropped) {
            // That is what it deserves.
        }
    }
}
