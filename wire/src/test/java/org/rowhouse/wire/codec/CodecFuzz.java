package org.rowhouse.wire.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * What the fuzzer calls with bytes of its making: values of a known schema, and schemas of its own
 * with values behind them. A refusal is fine; anything else that is thrown is a finding, and so is
 * a value that is not the same after it was written and read.
 */
public final class CodecFuzz {
    /** Set in the one run that must find something: a stand-in for a mistake in a decoder. */
    static final String SEEDED = "rowhouse.fuzz.seeded";

    /** Bytes of a known record. */
    static final byte VALUE = 0;

    /** Bytes of a record that holds itself. */
    static final byte TREE = 1;

    /** A writer's schema, and behind its line the bytes, for the reader of a known record. */
    static final byte DECODER = 2;

    /** The same for the reader of a record that holds itself. */
    static final byte TREE_DECODER = 3;

    /** A schema alone, and bytes of it. */
    static final byte SCHEMA = 4;

    /** Only in the run that must find something. */
    static final byte LENGTH = 5;

    private static final boolean MISTAKEN = Boolean.getBoolean(SEEDED);
    private static final BinaryCodec<Samples.Everything> EVERYTHING =
            BinaryCodec.of(Samples.Everything.class);
    private static final BinaryCodec<Samples.Tree> TREES = BinaryCodec.of(Samples.Tree.class);

    private static final BinaryCodec<Integer> LENGTHS = BinaryCodec.of(Integer.class);

    private CodecFuzz() {}

    /**
     * Called by Jazzer, by this name.
     *
     * @param data the first byte says what is tried
     */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        try {
            switch (data[0]) {
                case VALUE -> sameAgain(EVERYTHING, rest);
                case TREE -> sameAgain(TREES, rest);
                case LENGTH -> believe(rest);
                case DECODER -> EVERYTHING.decoder(text(rest)).decode(behind(rest));
                case TREE_DECODER -> TREES.decoder(text(rest)).decode(behind(rest));
                case SCHEMA -> schema(text(rest), behind(rest));
                default -> {}
            }
        } catch (RowhouseException e) {
            // refused in words, as it should be
        }
    }

    /** What stands before the first line's end. */
    private static String text(byte[] data) {
        String all = new String(data, StandardCharsets.ISO_8859_1);
        return all.substring(0, Math.max(all.indexOf('\n'), 0));
    }

    private static byte[] behind(byte[] data) {
        return Arrays.copyOfRange(
                data, Math.min(text(data).length() + 1, data.length), data.length);
    }

    private static <T extends @Nullable Object> void sameAgain(BinaryCodec<T> codec, byte[] bytes) {
        T value = codec.decode(bytes);
        byte[] again = codec.encode(value);
        if (!Arrays.equals(again, codec.encode(codec.decode(again)))) {
            throw new IllegalStateException("not the same again: " + value);
        }
    }

    /** What a decoder must not do: takes memory for a length because the bytes say so. */
    private static void believe(byte[] bytes) {
        int length = MISTAKEN ? LENGTHS.decode(bytes) : 0;
        if (new byte[length].length != length) {
            throw new AssertionError(length);
        }
    }

    private static void schema(String written, byte[] value) {
        Schema schema = Schema.parse(written);
        String text = schema.text();
        if (!Schema.parse(text).text().equals(text)) {
            throw new IllegalStateException("another schema after it was written: " + text);
        }
        sameAgain(BinaryCodec.ofTree(schema), value);
    }
}
