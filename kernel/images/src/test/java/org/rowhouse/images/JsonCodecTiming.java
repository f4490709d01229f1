package org.rowhouse.images;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Prints how long one call takes when it is warm, in nanoseconds: the median of several rounds. Run
 * it by hand after a change to the codec; a small record should take about a microsecond either
 * way.
 */
final class JsonCodecTiming {
    private static final int ROUNDS = 9;
    private static final int CALLS = 200_000;

    private static long sink;

    private JsonCodecTiming() {}

    public record Input(String from, String to, long amount) {}

    public record Output(long balance, String note) {}

    /** A component to call. */
    public static final class Transfers {
        @org.rowhouse.api.Function
        public Output move(Input input) {
            return new Output(input.amount() + 1, input.to());
        }
    }

    public static void main(String[] arguments) throws Throwable {
        JsonCodec codec = new JsonCodec();
        Input input = new Input("account-000017", "account-000023", 1_250);
        String json = codec.encode(input);
        Manifest manifest =
                Manifest.read(
                        "{\"name\": \"transfers\"}"
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        ComponentFunction move =
                ComponentImage.ofInstances(
                                manifest,
                                "1",
                                java.util.List.of(new Transfers()),
                                codec,
                                new Gate())
                        .function("move");
        print("encode", () -> codec.encode(input));
        print("decode", () -> codec.decode(json, Input.class));
        print("check input", () -> move.checkInput(json));
        print(
                "call",
                () -> {
                    try {
                        return move.call(json);
                    } catch (Throwable e) {
                        throw new AssertionError(e);
                    }
                });
        if (sink == 42) {
            System.out.println();
        }
    }

    private static void print(String name, Supplier<?> call) {
        long[] rounds = new long[ROUNDS];
        for (int round = -3; round < ROUNDS; round++) {
            long begun = System.nanoTime();
            for (int i = 0; i < CALLS; i++) {
                sink += call.get() == null ? 1 : 0;
            }
            if (round >= 0) {
                rounds[round] = (System.nanoTime() - begun) / CALLS;
            }
        }
        Arrays.sort(rounds);
        System.out.printf(
                "%-12s %5d ns (%d to %d)%n",
                name, rounds[ROUNDS / 2], rounds[0], rounds[ROUNDS - 1]);
    }
}
