package org.rowhouse.wire.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Values of every kind come back as they were, in few bytes, always the same ones. */
class BinaryCodecTest {
    private static final BinaryCodec<Samples.Everything> EVERYTHING =
            BinaryCodec.of(Samples.Everything.class);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everythingComesBackAsItWas(long seed) {
        Samples samples = new Samples(new SplittableRandom(seed));
        BinaryDecoder<Samples.Everything> parsed = EVERYTHING.decoder(EVERYTHING.schema());
        for (int i = 0; i < 200; i++) {
            Samples.Everything value = samples.everything();
            byte[] bytes = EVERYTHING.encode(value);
            assertThat(EVERYTHING.decode(bytes)).isEqualTo(value);
            assertThat(parsed.decode(bytes)).isEqualTo(value);
            assertThat(EVERYTHING.encode(EVERYTHING.decode(bytes))).isEqualTo(bytes);
        }
    }

    /** Fields by fields, by reflection: what the compiled code does in one line. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {21, 22})
    void theCompiledCodeDoesWhatReflectionDoes(long seed) {
        Shape shape = ClassShapes.of(Samples.Everything.class);
        Encoding encoding = Encodings.reflecting(shape);
        Decoding decoding = Decodings.reflecting(Shape.schema(shape), shape);
        Samples samples = new Samples(new SplittableRandom(seed));
        for (int i = 0; i < 100; i++) {
            Samples.Everything value = samples.everything();
            Output output = new Output(16);
            encoding.write(output, value);
            assertThat(EVERYTHING.encode(value)).isEqualTo(output.toBytes());
            assertThat(decoding.read(new Input(output.toBytes()))).isEqualTo(value);
        }
    }

    @Test
    void treesHoldTheSameValuesWithoutTheTypes() {
        BinaryCodec<Object> trees = BinaryCodec.ofTree(Schema.parse(EVERYTHING.schema()));
        assertThat(trees.schema()).isEqualTo(EVERYTHING.schema());
        Samples samples = new Samples(new SplittableRandom(31));
        for (int i = 0; i < 200; i++) {
            Samples.Everything value = samples.everything();
            byte[] bytes = EVERYTHING.encode(value);
            Object tree = trees.decode(bytes);
            assertThat(((Map<?, ?>) tree).get("text")).isEqualTo(value.text());
            assertThat(trees.encode(tree)).isEqualTo(bytes);
        }
    }

    @Test
    void aSchemaReadsAsDocumented() {
        assertThat(BinaryCodec.of(Samples.Reading.class).schema())
                .isEqualTo(
                        "Reading{sensor:str,at:i64,celsius:f64,humidity:f64,count:i32,place:str}");
        assertThat(EVERYTHING.schema())
                .isEqualTo(
                        "Everything{numbers:Numbers{flag:bool,tiny:i8,small:i16,middle:i32,large:i64,"
                            + "rough:f32,fine:f64},boxed:bool,perhaps:i32?,text:str,note:str?,"
                            + "when:instant?,uuid:uuid,task:uuid,length:duration,day:date,"
                            + "money:decimal,colour:Colour(RED,GREEN,BLUE),figure:Figure<"
                            + "Circle{radius:f64},Square{side:f32,note:str?},Point{}>,"
                            + "figures:[Figure],texts:[str?],counts:{str:[i64]},"
                            + "points:{Colour:Point},pair:Pair{first:i32,second:Pair_2{first:str,"
                            + "second:Colour?}},tree:Tree{name:str,children:[Tree],next:Tree?}}");
        assertThat(Schema.parse(EVERYTHING.schema()).text()).isEqualTo(EVERYTHING.schema());
    }

    @Test
    void aSmallRecordTakesFewBytes() {
        assertThat(BinaryCodec.of(Samples.Reading.class).encode(Samples.READING)).hasSize(64);
    }

    @Test
    void equalMapsGiveEqualBytes() {
        record Holder(Map<String, Integer> map) {}
        BinaryCodec<Holder> codec = BinaryCodec.of(Holder.class);
        Map<String, Integer> forward = new LinkedHashMap<>();
        Map<String, Integer> backward = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            forward.put("key " + i, i);
            backward.put("key " + (99 - i), 99 - i);
        }
        assertThat(codec.encode(new Holder(forward)))
                .isEqualTo(codec.encode(new Holder(backward)))
                .isEqualTo(codec.encode(new Holder(new HashMap<>(forward))));
    }

    @Test
    void arraysOfNumbersAreLists() {
        @SuppressWarnings("ArrayRecordComponent") // that is what is tested
        record Arrays(double[] fine, long[] large, int[] middle, float[] rough, boolean[] flags) {}
        record Lists(
                List<Double> fine,
                List<Long> large,
                List<Integer> middle,
                List<Float> rough,
                List<Boolean> flags) {}
        BinaryCodec<Arrays> arrays = BinaryCodec.of(Arrays.class);
        BinaryCodec<Lists> lists = BinaryCodec.of(Lists.class);
        byte[] bytes =
                arrays.encode(
                        new Arrays(
                                new double[] {1.5, -2},
                                new long[] {Long.MIN_VALUE},
                                new int[] {-1},
                                new float[] {0.25f},
                                new boolean[] {true}));
        Lists list = lists.decoder(arrays.schema()).decode(bytes);
        assertThat(list)
                .isEqualTo(
                        new Lists(
                                List.of(1.5, -2d),
                                List.of(Long.MIN_VALUE),
                                List.of(-1),
                                List.of(0.25f),
                                List.of(true)));
        assertThat(arrays.encode(arrays.decoder(lists.schema()).decode(lists.encode(list))))
                .isEqualTo(bytes);
    }

    @SuppressWarnings("UnusedMethod") // found by reflection
    interface Shop {
        long buy(String item, int count);

        void close();
    }

    @Test
    void whatIsCalledWithTravelsLikeARecord() throws Exception {
        var buy = Shop.class.getMethod("buy", String.class, int.class);
        var parameters = BinaryCodec.ofParameters(buy, List.of(buy.getParameters()));
        assertThat(parameters.schema()).isEqualTo("buy{item:str,count:i32}");
        assertThat(parameters.decode(parameters.encode(new Object[] {"tea", 2})))
                .containsExactly("tea", 2);
        var close = Shop.class.getMethod("close");
        var nothing = BinaryCodec.ofParameters(close, List.of());
        assertThat(nothing.decode(nothing.encode(new Object[0]))).isEmpty();
        assertThat(BinaryCodec.ofResult(close).schema()).isEqualTo("void");
        assertThat(BinaryCodec.ofResult(close).encode(null)).isEmpty();
        assertThat(BinaryCodec.ofResult(buy).decode(BinaryCodec.ofResult(buy).encode(7L)))
                .isEqualTo(7L);
    }

    @Test
    void whatCannotBeWrittenIsNamedByItsPath() {
        Samples.Tree leaf = new Samples.Tree("leaf", List.of(), null);
        BinaryCodec<Samples.Tree> codec = BinaryCodec.of(Samples.Tree.class);
        Samples.Tree spoilt =
                new Samples.Tree("a", List.of(leaf, new Samples.Tree(null, List.of(), null)), null);
        assertThatThrownBy(() -> codec.encode(spoilt))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_OUTPUT))
                .hasMessage(
                        "Tree cannot be written at 'children[1].name': it is null, and neither"
                                + " @Nullable nor Optional.");
        Samples.Tree broken = new Samples.Tree("half \ud83c", List.of(), null);
        assertThatThrownBy(() -> codec.encode(broken)).hasMessageContaining("surrogate pair");
    }

    @Test
    void whatHasNoBinaryFormIsNamedByItsPath() {
        record Inner(Thread thread) {}
        record Outer(List<Inner> inners) {}
        assertThatThrownBy(() -> BinaryCodec.of(Outer.class))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_COMPONENT))
                .hasMessageStartingWith(
                        "Outer has no binary form at 'inners.thread': java.lang.Thread cannot be"
                                + " encoded");
    }
}
