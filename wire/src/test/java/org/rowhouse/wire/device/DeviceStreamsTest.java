package org.rowhouse.wire.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Wire;
import org.rowhouse.wire.codec.BinaryCodec;

/** A thin device takes and sends the items of exchanges, as its own small window allows. */
class DeviceStreamsTest {
    private static final String TOKEN = "a token of the test";
    private static final int TEXT_BYTES = 1_500;

    private static final BinaryCodec<Count> COUNT = BinaryCodec.of(Count.class);
    private static final BinaryCodec<Item> ITEM = BinaryCodec.of(Item.class);

    /** How many items are wanted. */
    record Count(long most) {}

    /** An item; a later version than the device's, with one field more. */
    record Item(boolean rounded, long value, String text) {}

    @TempDir static Path folder;
    private static Path program;

    private final Counter counter = new Counter();

    @BeforeAll
    static void compile() throws Exception {
        Compiler.assumePresent();
        program = Compiler.program(folder, "tests/items.c", Compiler.client());
    }

    @Test
    void itemsComeInOrderThoughTheyAreLargerThanTheWindow() throws Exception {
        assertThat(ask("count", "2000"))
                .isEqualTo("2000 items, " + 2000L * TEXT_BYTES + " bytes, in order\n0 0 \n");
    }

    @Test
    void anExchangeThatFailsTellsWhyBehindItsItems() throws Exception {
        assertThat(ask("count", "-3"))
                .isEqualTo("3 items, " + 3L * TEXT_BYTES + " bytes, in order\n-7 111 enough\n");
    }

    @Test
    void aDeviceSendsAsManyItemsAsThePeerLetsIt() throws Exception {
        long sum = 20_000L * 19_999 / 2;
        assertThat(ask("sum", "20000")).isEqualTo("sum " + sum + "\n0 0 \n");
    }

    private String ask(String what, String number) throws Exception {
        try (Listener listener =
                Wire.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Gate.token(TOKEN),
                        null,
                        "node",
                        counter)) {
            String port = String.valueOf(listener.address().getPort());
            return Compiler.run(
                    List.of(program.toString(), "127.0.0.1", port, "hall", TOKEN, what, number));
        }
    }

    /** Counts for a device, and sums up what it sends. */
    private static final class Counter implements Service {
        @Override
        public @Nullable Endpoint find(String operation, String asker) {
            return switch (operation) {
                case "tests/count" -> new Part(operation, COUNT.schema(), Counter::count);
                case "tests/sum" ->
                        new Part(operation, "void\n" + ITEM.schema(), (_, open) -> sum(open));
                default -> null;
            };
        }

        private static void count(byte[] request, Exchange exchange) {
            long most = COUNT.decode(request).most();
            for (long i = 0; i < Math.abs(most); i++) {
                exchange.send(ITEM.encode(new Item(true, i, "x".repeat(TEXT_BYTES))));
            }
            if (most < 0) {
                throw new RowhouseException(ErrorCode.CONFLICT, "enough");
            }
        }

        private static void sum(Exchange exchange) {
            var theirs = BinaryCodec.of(Theirs.class);
            long sum = 0;
            for (byte[] item = exchange.receive(); item != null; item = exchange.receive()) {
                sum += theirs.decode(item).value();
            }
            exchange.send(ITEM.encode(new Item(false, sum, "")));
        }
    }

    /** An item as the device writes it. */
    record Theirs(long value, String text) {}

    private interface Answers {
        void take(byte[] request, Exchange exchange);
    }

    private record Part(String name, String request, Answers answers) implements Service.Endpoint {
        @Override
        public Operation operation() {
            return new Operation(name, request, ITEM.schema());
        }

        @Override
        public boolean quick() {
            return false;
        }

        @Override
        public byte[] call(byte[] request, Service.Incoming incoming) {
            throw new IllegalStateException("nobody calls it");
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Service.Incoming incoming) {
            answers.take(request, exchange);
        }
    }
}
