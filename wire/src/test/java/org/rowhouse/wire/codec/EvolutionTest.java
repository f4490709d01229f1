package org.rowhouse.wire.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** A writer and a reader of different versions understand each other, or are told why not. */
@SuppressWarnings("SameNameButDifferent") // two versions of a type are what is tested
class EvolutionTest {
    record One(String name, int count) {}

    @SuppressWarnings("ArrayRecordComponent") // that is what is tested
    record Added(
            String name,
            int count,
            boolean flag,
            byte tiny,
            short small,
            int middle,
            long large,
            float rough,
            double fine,
            String text,
            @Nullable String note,
            Optional<String> perhaps,
            List<String> list,
            Map<String, One> map,
            long[] numbers,
            @Nullable Instant at,
            @Nullable One within) {}

    record AddedInFront(Map<String, List<Added>> details, String name, int count) {}

    record Reordered(int count, String name) {}

    record Renamed(String title, int count) {}

    record Wide(String name, long count) {}

    record Narrow(String name, byte count) {}

    record Loose(@Nullable String name, Optional<Integer> count) {}

    record Text(String name, String count) {}

    record Listed(String name, List<Integer> count) {}

    record Holder<T>(List<T> items) {}

    private static final One VALUE = new One("a", 42);

    private static byte[] one() {
        return BinaryCodec.of(One.class).encode(VALUE);
    }

    private static <T> BinaryDecoder<T> from(Class<?> writer, Class<T> reader) {
        return BinaryCodec.of(reader).decoder(BinaryCodec.of(writer).schema());
    }

    @Test
    void addedFieldsAreEmptyForTheReaderThatHasThem() {
        assertThat(from(One.class, Added.class).decode(one()))
                .usingRecursiveComparison()
                .isEqualTo(
                        new Added(
                                "a",
                                42,
                                false,
                                (byte) 0,
                                (short) 0,
                                0,
                                0,
                                0,
                                0,
                                "",
                                null,
                                Optional.empty(),
                                List.of(),
                                Map.of(),
                                new long[0],
                                null,
                                null));
    }

    @Test
    void addedFieldsAreSkippedByTheReaderThatLacksThem() {
        Added added =
                new Added(
                        "a",
                        42,
                        true,
                        (byte) 1,
                        (short) 2,
                        3,
                        4,
                        5,
                        6,
                        "seven",
                        "eight",
                        Optional.of("nine"),
                        List.of("ten"),
                        Map.of("k", VALUE),
                        new long[] {1, 2},
                        Instant.EPOCH,
                        VALUE);
        assertThat(from(Added.class, One.class).decode(BinaryCodec.of(Added.class).encode(added)))
                .isEqualTo(VALUE);
        AddedInFront front = new AddedInFront(Map.of("x", List.of(added, added)), "a", 42);
        byte[] bytes = BinaryCodec.of(AddedInFront.class).encode(front);
        assertThat(from(AddedInFront.class, One.class).decode(bytes)).isEqualTo(VALUE);
    }

    @Test
    void everyKindOfFieldCanBeSkipped() {
        record Before(Samples.Everything everything, String last) {}
        record After(String last) {}
        Samples samples = new Samples(new SplittableRandom(7));
        for (int i = 0; i < 200; i++) {
            byte[] bytes =
                    BinaryCodec.of(Before.class).encode(new Before(samples.everything(), "end"));
            assertThat(from(Before.class, After.class).decode(bytes)).isEqualTo(new After("end"));
        }
    }

    @Test
    void aRenamedFieldIsRefusedByBothNames() {
        assertThatThrownBy(() -> from(One.class, Renamed.class))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_INPUT))
                .hasMessage(
                        "Renamed cannot be read as it is written: 'name' was written and 'title' is"
                                + " read: a field of Renamed was renamed. Fields may be added on"
                                + " one side only.");
    }

    @Test
    void aRenameWithinIsRefusedByItsPath() {
        record Old(List<Holder<One>> holders) {}
        record New(List<Holder<Renamed>> holders) {}
        assertThatThrownBy(() -> from(Old.class, New.class))
                .hasMessageContaining("at 'holders.items'")
                .hasMessageContaining("'name' was written and 'title' is read");
    }

    static Stream<Arguments> whatFits() {
        return Stream.of(
                Arguments.of(new Reordered(42, "a")),
                Arguments.of(new Wide("a", 42)),
                Arguments.of(new Narrow("a", (byte) 42)),
                Arguments.of(new Loose("a", Optional.of(42))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("whatFits")
    void whatFitsIsRead(Record expected) {
        assertThat(from(One.class, expected.getClass()).decode(one())).isEqualTo(expected);
        byte[] back = encoded(expected);
        assertThat(from(expected.getClass(), One.class).decode(back)).isEqualTo(VALUE);
    }

    @SuppressWarnings("unchecked") // a value is of its own class
    private static byte[] encoded(Record value) {
        return BinaryCodec.of((Class<Record>) value.getClass()).encode(value);
    }

    @ParameterizedTest
    @MethodSource("whatDoesNotFit")
    void whatDoesNotFitIsRefusedBeforeAnyValue(Class<?> reader, String message) {
        assertThatThrownBy(() -> from(One.class, reader))
                .hasMessageContaining("at 'count'")
                .hasMessageContaining(message);
    }

    static Stream<Arguments> whatDoesNotFit() {
        return Stream.of(
                Arguments.of(Text.class, "it is written as i32 and read as str"),
                Arguments.of(Listed.class, "it is written as i32 and read as [i32]"));
    }

    @Test
    void aNumberThatIsTooLargeForItsReaderIsRefused() {
        byte[] large = BinaryCodec.of(One.class).encode(new One("a", 128));
        assertThatThrownBy(() -> from(One.class, Narrow.class).decode(large))
                .hasMessage(
                        "Narrow cannot be read at 'count': the number 128 is too large for its"
                                + " type.");
    }

    @Test
    void whatIsAbsentIsRefusedByAReaderThatNeedsIt() {
        byte[] absent = BinaryCodec.of(Loose.class).encode(new Loose(null, Optional.of(1)));
        assertThatThrownBy(() -> from(Loose.class, One.class).decode(absent))
                .hasMessage("One cannot be read at 'name': it is absent, and its reader needs it.");
    }

    /** Two versions of the same names. */
    static class Version1 {
        enum Colour {
            RED,
            GREEN
        }

        sealed interface Figure {}

        record Circle(double radius) implements Figure {}

        record Picture(Colour colour, Figure figure) {}
    }

    static class Version2 {
        enum Colour {
            BLUE,
            GREEN,
            RED
        }

        sealed interface Figure {}

        record Square(double side) implements Figure {}

        record Circle(String label, double radius) implements Figure {}

        record Picture(Colour colour, Figure figure) {}
    }

    @Test
    void constantsAndAlternativesAreKnownByTheirNames() {
        byte[] bytes =
                BinaryCodec.of(Version1.Picture.class)
                        .encode(
                                new Version1.Picture(
                                        Version1.Colour.RED, new Version1.Circle(1.5)));
        assertThat(from(Version1.Picture.class, Version2.Picture.class).decode(bytes))
                .isEqualTo(new Version2.Picture(Version2.Colour.RED, new Version2.Circle("", 1.5)));
    }

    @Test
    void constantsAndAlternativesThatTheReaderLacksAreRefusedWhenTheyCome() {
        BinaryCodec<Version2.Picture> writer = BinaryCodec.of(Version2.Picture.class);
        BinaryDecoder<Version1.Picture> reader =
                from(Version2.Picture.class, Version1.Picture.class);
        byte[] blue =
                writer.encode(
                        new Version2.Picture(Version2.Colour.BLUE, new Version2.Circle("", 1.5)));
        byte[] square =
                writer.encode(new Version2.Picture(Version2.Colour.RED, new Version2.Square(1.5)));
        assertThatThrownBy(() -> reader.decode(blue))
                .hasMessage(
                        "Picture cannot be read at 'colour': its reader knows no BLUE of Colour.");
        assertThatThrownBy(() -> reader.decode(square))
                .hasMessage(
                        "Picture cannot be read at 'figure': its reader knows no Square of"
                                + " Figure.");
    }
}
