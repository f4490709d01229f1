package org.rowhouse.wire.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Wire;
import org.rowhouse.wire.codec.BinaryCodec;
import org.rowhouse.wire.link.DatagramLink;
import org.rowhouse.wire.link.LinkTraits;

class ThinDeviceTest {
    private static final System.Logger LOG = System.getLogger(ThinDeviceTest.class.getName());
    private static final String TOKEN = "a token of the test";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long SEED = 42;
    private static final InetSocketAddress ANY =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final long BYTES_MAX = 40 << 10;

    private static final BinaryCodec<Reading> READING = BinaryCodec.of(Reading.class);
    private static final BinaryCodec<Taken> TAKEN = BinaryCodec.of(Taken.class);
    private static final BinaryCodec<Set> SET = BinaryCodec.of(Set.class);

    /** What the thermometer tells. */
    record Reading(double celsius, long at, @Nullable String note) {}

    /** How many reports came. */
    record Taken(long count) {}

    /** A later version of what the device knows: one field more, and the other one shorter. */
    record Set(boolean dryRun, int interval_ms) {}

    @TempDir static Path folder;

    private final Plant plant = new Plant();

    @BeforeAll
    static void needsACompiler() {
        Compiler.assumePresent();
    }

    @Test
    void theClientIsSmall() throws Exception {
        long bytes = Compiler.clientBytes(folder);
        LOG.log(System.Logger.Level.INFO, "the client has {0} bytes", bytes);
        assertThat(bytes).isLessThanOrEqualTo(BYTES_MAX);
    }

    @Test
    void itBearsHostileBytes() throws Exception {
        Path program = Compiler.program(folder, "tests/selftest.c");
        assertThat(Compiler.run(List.of(program.toString(), String.valueOf(SEED), "20000")))
                .contains("0 failures");
    }

    @Test
    void aDeviceCallsIsCalledAndItsCellsAreReadAndChanged() throws Exception {
        try (Listener listener = listen(null);
                Program _ = thermometer(listener, TOKEN)) {
            Reading reported = plant.reports.poll(20, TimeUnit.SECONDS);
            assertThat(reported.celsius()).isBetween(20.0, 21.0);
            assertThat(plant.peer).isEqualTo("hall");
            Connection device = listener.connections().getFirst();

            Operation read = new Operation("thermometer/read", "void", READING.schema());
            Reading asked = READING.decode(call(device, read, new byte[0]));
            assertThat(asked.celsius()).isBetween(20.0, 21.0);
            assertThat(asked.note()).isNull();

            Operation set = new Operation("thermometer/set", SET.schema(), SET.schema());
            assertThat(call(device, set, SET.encode(new Set(true, 20)))).isNotEmpty();
            assertThatThrownBy(() -> call(device, set, SET.encode(new Set(true, 1))))
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            failure ->
                                    assertThat(failure.code())
                                            .isEqualTo(ErrorCode.INVALID_ARGUMENT));
            assertThatThrownBy(() ->
                            call(device, new Operation("no/such", "void", "void"), new byte[0]))
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FOUND));

            checkCells(device);
        }
    }

    private static void checkCells(Connection device) {
        ByteBuffer opened =
                ask(
                        device,
                        "open",
                        request(4 + 11 + 2)
                                .putShort((short) 11)
                                .put(ascii("thermometer"))
                                .putShort((short) 2)
                                .put(ascii("me")));
        long handle = opened.getLong(0);
        assertThat(opened.getLong(16)).as("bytes of the region").isEqualTo(24);
        assertThat(cell(device, handle, 1)).as("the interval that was set").isEqualTo(20);
        long turn = 64; // the first count of turn 0
        ByteBuffer added =
                ask(
                        device,
                        "fetch-add",
                        request(32).putLong(handle).putLong(8).putLong(turn).putLong(5));
        assertThat(added.getLong(8)).as("before").isEqualTo(20);
        ask(device, "fetch-add", request(32).putLong(handle).putLong(8).putLong(turn).putLong(5));
        assertThat(cell(device, handle, 1)).as("the same turn again changes nothing").isEqualTo(25);
        ask(
                device,
                "compare-and-set",
                request(40).putLong(handle).putLong(8).putLong(2 * 64).putLong(7).putLong(30));
        assertThat(cell(device, handle, 1)).as("it was not 7").isEqualTo(25);
        ask(
                device,
                "compare-and-set",
                request(40).putLong(handle).putLong(8).putLong(3 * 64).putLong(25).putLong(30));
        assertThat(cell(device, handle, 1)).isEqualTo(30);
        assertThatThrownBy(() -> cell(device, handle, 3)).hasMessageContaining("refused");
        assertThatThrownBy(() -> cell(device, 99, 0))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    @Test
    void aDeviceWithoutTheTokenIsRefusedAndSaysSo() throws Exception {
        try (Listener listener = listen(null);
                Program device = thermometer(listener, "another token")) {
            assertThat(device.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(device.process.exitValue()).isEqualTo(1);
            assertThat(device.said()).contains("ended (-3)"); // RH_REFUSED
        }
    }

    @Test
    void aDeviceComesAgainWhenItsConnectionIsLost() throws Exception {
        try (Listener listener = listen(null);
                Program _ = thermometer(listener, TOKEN)) {
            assertThat(plant.reports.poll(20, TimeUnit.SECONDS)).isNotNull();
            listener.connections().getFirst().close();
            plant.reports.clear();
            await(() -> listener.connections().size() == 1);
            assertThat(plant.reports.poll(20, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void overUdpTooThoughAFifthOfItIsLost() throws Exception {
        LinkTraits bad =
                LinkTraits.PERFECT
                        .loss(0.2)
                        .duplicate(0.1)
                        .reorder(0.1)
                        .delay(Duration.ofMillis(5));
        try (Listener listener = Wire.listenDatagrams(ANY, Gate.token(TOKEN), "node", plant);
                DatagramLink link = DatagramLink.open(ANY, listener.address(), SEED, bad);
                Program _ = thermometer(link.address(), TOKEN, "udp")) {
            assertThat(plant.reports.poll(20, TimeUnit.SECONDS)).isNotNull();
            Connection device = listener.connections().getFirst();
            Operation set = new Operation("thermometer/set", SET.schema(), SET.schema());
            assertThat(call(device, set, SET.encode(new Set(true, 20)))).isNotEmpty();
            for (int i = 0; i < 20; i++) {
                assertThat(plant.reports.poll(20, TimeUnit.SECONDS)).as("seed " + SEED).isNotNull();
                Operation read = new Operation("thermometer/read", "void", READING.schema());
                assertThat(READING.decode(call(device, read, new byte[0])).celsius())
                        .isBetween(20.0, 21.0);
            }
        }
    }

    @Test
    void overTlsTooWithAnyLibrary() throws Exception {
        Compiler.assumeHeader("openssl/ssl.h");
        Path program =
                Compiler.program(
                        folder, "tests/tls_call.c", Compiler.client(), "-lssl", "-lcrypto");
        Path authority = folder.resolve("authority.pem");
        SSLContext tls = selfSigned(authority);
        try (Listener listener = listen(tls)) {
            String port = String.valueOf(listener.address().getPort());
            assertThat(
                            Compiler.run(
                                    List.of(
                                            program.toString(),
                                            "127.0.0.1",
                                            port,
                                            "hall",
                                            TOKEN,
                                            authority.toString())))
                    .isEqualTo("0 1\n");
            assertThat(plant.reports.poll(20, TimeUnit.SECONDS).note()).isEqualTo("over TLS");
            // A server that another authority signed is refused before the token is used.
            Path other = folder.resolve("other.pem");
            selfSigned(other);
            assertThat(
                            Compiler.run(
                                    List.of(
                                            program.toString(),
                                            "127.0.0.1",
                                            port,
                                            "hall",
                                            TOKEN,
                                            other.toString())))
                    .isEqualTo("-3 0\n");
        }
    }

    private Listener listen(@Nullable SSLContext tls) {
        return Wire.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Gate.token(TOKEN),
                tls,
                "node",
                plant);
    }

    private static byte[] call(Connection device, Operation operation, byte[] request) {
        return device.call(operation, request, CallOptions.within(PATIENCE));
    }

    private static byte[] bytes(ByteBuffer request) {
        byte[] bytes = new byte[request.capacity()];
        request.get(0, bytes);
        return bytes;
    }

    private static ByteBuffer ask(Connection device, String verb, ByteBuffer request) {
        Operation operation = new Operation("rowhouse.memory/" + verb, "bytes", "bytes");
        return ByteBuffer.wrap(call(device, operation, bytes(request)))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long cell(Connection device, long handle, long cell) {
        return ask(device, "read", request(20).putLong(handle).putLong(8 * cell).putInt(8))
                .getLong(8);
    }

    private static ByteBuffer request(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static Program thermometer(Listener listener, String token) throws Exception {
        return thermometer(listener.address(), token);
    }

    private static Program thermometer(InetSocketAddress at, String token, String... more)
            throws Exception {
        Path program = Compiler.program(folder, "examples/thermometer.c", Compiler.client());
        Path file = Files.writeString(folder.resolve("token"), token + "\n");
        List<String> words =
                new java.util.ArrayList<>(
                        List.of(
                                program.toString(),
                                "127.0.0.1",
                                String.valueOf(at.getPort()),
                                "hall",
                                file.toString()));
        words.addAll(List.of(more));
        return new Program(new ProcessBuilder(words).redirectErrorStream(true).start());
    }

    private static SSLContext selfSigned(Path certificate) throws Exception {
        Path store = Files.createTempFile(folder, "store", ".p12");
        Files.delete(store);
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Compiler.run(
                List.of(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "node",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=node",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-ext",
                        "bc:c",
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "secret"));
        Compiler.run(
                List.of(
                        keytool,
                        "-exportcert",
                        "-rfc",
                        "-alias",
                        "node",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "secret",
                        "-file",
                        certificate.toString()));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "secret".toCharArray());
        }
        var shown = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        shown.init(keys, "secret".toCharArray());
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(shown.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("in time").isNegative();
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    /** A device's program, ended with the test. */
    private record Program(Process process) implements AutoCloseable {
        String said() throws Exception {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Takes reports. */
    private static final class Plant implements Service, Service.Endpoint {
        final BlockingQueue<Reading> reports = new LinkedBlockingQueue<>();
        volatile String peer = "";
        private long count;

        @Override
        public @Nullable Endpoint find(String operation, String asker) {
            return operation.equals("plant/report") ? this : null;
        }

        @Override
        public Operation operation() {
            return new Operation("plant/report", READING.schema(), TAKEN.schema());
        }

        @Override
        public boolean quick() {
            return true;
        }

        @Override
        public synchronized byte[] call(byte[] request, Incoming incoming) {
            peer = incoming.peer();
            reports.add(READING.decoder(incoming.schema()).decode(request));
            return TAKEN.encode(new Taken(++count));
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
            throw new IllegalStateException("nobody opens it");
        }
    }
}
