package org.rowhouse.wire.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.RowhouseException;

/** Bytes and schemas that no writer would write are refused in words, at little cost. */
class HostileInputTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest(name = "{0} as {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bool   | 02                           | must be 0 or 1
                    bool   | ''                           | end too early
                    bool   | 0100                         | 1 bytes are left over
                    i8     | 8002                         | 128 is too large
                    i32    | 8000                         | not in its shortest form
                    i64    | ffffffffffffffffff02         | longer than 64 bits
                    i64    | ffffffffffffffffffff01       | longer than 64 bits
                    i64    | ffff                         | end too early
                    f64    | 00000000000000               | end too early
                    str    | 02ff41                       | not UTF-8
                    str    | 03eda080                     | not UTF-8
                    str    | 02c080                       | not UTF-8
                    str    | ffffffff07                   | only 0 bytes are left
                    bytes  | ffffffffffffffffff01         | tells of 18446744073709551615 more
                    bytes  | 0541                         | tells of 5 more, but only 1 bytes
                    uuid   | 00112233445566778899aabbccdd | end too early
                    instant| 0080a8d6b907                 | too large
                    instant| feffffffffffffffff0100       | too large
                    date   | feffffffffffffffff01         | too large
                    decimal| 02020001                     | not in its shortest form
                    decimal| 0202ffff                     | not in its shortest form
                    decimal| 0200                         | not in its shortest form
                    decimal| c0840301                     | too large
                    [i64]  | ffffffff0f01                 | tells of 4294967295 more
                    [uuid] | 0200112233445566778899aabbccddeeff | tells of 2 more
                    {str:i8}| 0201610001610a              | a key comes twice
                    E(A,B) | 02                           | choice 2 is none of the 2
                    U<R{}> | 01                           | choice 1 is none of the 1
                    U<R{}> | 0001                         | must be 0 is not
                    R{a:i8,b:[S{c:bool}]} | 00020103      | at 'b[1].c'
                    """)
    void bytesThatNoWriterWritesAreRefused(String schema, String hex, String message) {
        BinaryCodec<@Nullable Object> codec = BinaryCodec.ofTree(Schema.parse(schema));
        assertThatThrownBy(() -> codec.decode(HexFormat.of().parseHex(hex)))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "i33",
                "i32 ",
                "R",
                "R{",
                "R{}}",
                "R{a}",
                "R{a:}",
                "R{a:i8,}",
                "R{a:i8,a:i8}",
                "R{a:void}",
                "void?",
                "[void]",
                "[]",
                "[i8",
                "{}",
                "{f64:i8}",
                "{[i8]:i8}",
                "{str:}",
                "E()",
                "E(A,A)",
                "E(A",
                "U<>",
                "U<i8>",
                "U<E(A)>",
                "U<R{},R>",
                "R{a:R{}}",
                "str{}",
                "i8??",
                "1a{}",
                "R{1:i8}",
                "\u00e4{}",
                "R{a:\u0000}",
                "R{a:i8}R",
                "(A)",
                "?",
                ":"
            })
    void textsThatAreNoSchemasAreRefused(String text) {
        assertThatThrownBy(() -> Schema.parse(text))
                .isInstanceOf(RowhouseException.class)
                .hasMessageStartingWith("The schema cannot be read");
    }

    @Test
    void schemasBeyondTheBoundsAreRefused() {
        assertThatThrownBy(() -> Schema.parse("[".repeat(65) + "i8" + "]".repeat(65)))
                .hasMessageContaining("more than 64 deep");
        assertThatThrownBy(() -> Schema.parse("a".repeat(CodecBounds.SCHEMA_LENGTH_MAX + 1)))
                .hasMessageContaining("more than 24576 characters");
        assertThatThrownBy(() -> Schema.parse("[".repeat(24_000))).hasMessageContaining("deep");
        StringBuilder many = new StringBuilder("R{f:i8");
        for (int i = 0; i < CodecBounds.FIELDS_MAX; i++) {
            many.append(",f").append(i).append(":i8");
        }
        assertThatThrownBy(() -> Schema.parse(many + "}")).hasMessageContaining("at most 120");
    }

    @Test
    void depthIsBoundedBothWays() {
        Samples.Tree tree = new Samples.Tree("leaf", List.of(), null);
        for (int i = 0; i < 31; i++) {
            tree = new Samples.Tree("", List.of(tree), null);
        }
        BinaryCodec<Samples.Tree> codec = BinaryCodec.of(Samples.Tree.class);
        assertThat(codec.decode(codec.encode(tree))).isEqualTo(tree);
        Samples.Tree deeper = new Samples.Tree("", List.of(tree), null);
        assertThatThrownBy(() -> codec.encode(deeper)).hasMessageContaining("more than 64 deep");
        byte[] hostile = new byte[200_000];
        for (int i = 0; i + 2 < hostile.length; i += 2) {
            hostile[i + 1] = 1;
        }
        assertThatThrownBy(() -> codec.decode(hostile)).hasMessageContaining("more than 64 deep");
    }

    /** Every prefix of every value, and every value with a byte changed. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13})
    void spoiltValuesAreReadOrRefusedButNeverCrash(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        BinaryCodec<Samples.Everything> codec = BinaryCodec.of(Samples.Everything.class);
        Samples samples = new Samples(random);
        for (int i = 0; i < 10; i++) {
            byte[] bytes = codec.encode(samples.everything());
            for (int length = 0; length < bytes.length; length++) {
                byte[] part = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> codec.decode(part)).isInstanceOf(RowhouseException.class);
            }
            for (int j = 0; j < 500; j++) {
                byte[] spoilt = bytes.clone();
                spoilt[random.nextInt(bytes.length)] = (byte) random.nextInt();
                allows(codec, spoilt);
            }
        }
    }

    private static void allows(BinaryCodec<Samples.Everything> codec, byte[] bytes) {
        Samples.Everything value;
        try {
            value = codec.decode(bytes);
        } catch (RowhouseException e) {
            return;
        }
        assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[i64]", "[f64]", "str", "bytes", "[[i8]]", "{str:str}", "[R{a:i8?}]"})
    void aLengthThatLiesAllocatesNothing(String schema) {
        BinaryCodec<@Nullable Object> codec = BinaryCodec.ofTree(Schema.parse(schema));
        byte[] lie = HexFormat.of().parseHex("ffffffff07");
        assertThat(allocatedBytes(() -> refused(codec, lie))).isLessThan(100_000);
    }

    @Test
    void whatIsAllocatedGrowsWithTheBytes() {
        byte[] bytes = new byte[1_000_000];
        byte[] count = {(byte) 0xbd, (byte) 0x84, 0x3d};
        System.arraycopy(count, 0, bytes, 0, 3);
        for (String item : List.of("i64", "[i8]", "R{a:i8?}?", "bool", "str")) {
            BinaryCodec<@Nullable Object> codec =
                    BinaryCodec.ofTree(Schema.parse("[" + item + "]"));
            assertThat(allocatedBytes(() -> codec.decode(bytes)))
                    .as(item)
                    .isLessThan(bytes.length * 64L);
        }
    }

    private static void refused(BinaryCodec<@Nullable Object> codec, byte[] bytes) {
        assertThatThrownBy(() -> codec.decode(bytes)).isInstanceOf(RowhouseException.class);
    }

    private static long allocatedBytes(Runnable work) {
        work.run();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void whatIsTooLargeIsNotWritten() {
        @SuppressWarnings("ArrayRecordComponent") // that is what is tested
        record Big(byte[] bytes) {}
        BinaryCodec<Big> codec = BinaryCodec.of(Big.class);
        assertThatThrownBy(() -> codec.encode(new Big(new byte[CodecBounds.BYTES_MAX])))
                .hasMessageContaining("more than 16777216 bytes");
        assertThatThrownBy(() -> codec.decode(new byte[CodecBounds.BYTES_MAX + 1]))
                .hasMessageContaining("more than 16777216 bytes");
        BinaryCodec<BigDecimal> decimal = BinaryCodec.of(BigDecimal.class);
        assertThatThrownBy(() -> decimal.encode(BigDecimal.ONE.movePointLeft(5_000)))
                .hasMessageContaining("too many digits");
        assertThatThrownBy(() -> decimal.encode(BigDecimal.TEN.pow(4_000)))
                .hasMessageContaining("too many digits");
    }

    @Test
    void aConstructorThatRefusesIsToldByThePath() {
        @SuppressWarnings("UnusedMethod") // called by the codec
        record Positive(int number) {
            Positive {
                if (number < 1) {
                    throw new IllegalArgumentException("a number must be positive");
                }
            }
        }
        record Holder(Map<String, Positive> map) {}
        byte[] bytes =
                BinaryCodec.ofTree(Schema.parse("Holder{map:{str:Positive{number:i32}}}"))
                        .encode(Map.of("map", Map.of("a", Map.of("number", 0))));
        assertThatThrownBy(() -> BinaryCodec.of(Holder.class).decode(bytes))
                .hasMessage(
                        "Holder cannot be read at 'map[0]': Positive refuses it:"
                                + " java.lang.IllegalArgumentException: a number must be"
                                + " positive.");
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).isEqualTo("\u0001\u0001a\u0000");
    }
}
