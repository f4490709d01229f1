package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rowhouse.images.Refusals.assertRefused;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;

class JsonCodecTest {
    private final JsonCodec codec = new JsonCodec();

    record TransferInput(String from, String to, long amount) {}

    record Empty() {}

    enum Colour {
        RED,
        GREEN;

        @Override
        public String toString() {
            return "colour " + name();
        }
    }

    record Line(String article, int count) {}

    @SuppressWarnings("ArrayRecordComponent")
    record Order(
            UUID id,
            List<Line> lines,
            Map<String, BigDecimal> prices,
            Optional<String> note,
            @Nullable String customer,
            Colour colour,
            Instant at,
            Duration within,
            LocalDate day,
            ZonedDateTime meeting,
            Path file,
            byte[] seal,
            double ratio,
            boolean urgent) {
        public boolean isLarge() {
            return lines.size() > 10;
        }

        public int getWeight() {
            return 3;
        }
    }

    record Wishes(Optional<String> note, @Nullable String customer) {}

    record Positive(int value) {
        Positive {
            if (value <= 0) {
                throw new IllegalArgumentException("value must be above 0, but is " + value);
            }
        }
    }

    record Shifts(
            List<Positive> shifts,
            Map<String, Line> lines,
            Colour colour,
            Instant at,
            int small,
            UUID id) {}

    record Text(String text) {}

    record Chain(@Nullable Chain next) {}

    record Anything(Object value) {}

    record Endless(Iterable<String> values) {}

    record Broken(String name) {
        @Override
        public String name() {
            throw new IllegalStateException("no name yet");
        }
    }

    @Test
    void recordsOfAllKindsOfComponentsComeBackEqual() {
        Order order =
                new Order(
                        UUID.fromString("01993b1e-7a2c-7001-8f00-2a44c8b1d0e5"),
                        List.of(new Line("tea \"green\"\n\u00e9\ud83d\ude00", 2)),
                        Map.of("tea", new BigDecimal("12345678901234567890.123456789")),
                        Optional.of("soon"),
                        null,
                        Colour.GREEN,
                        Instant.parse("2026-01-31T10:00:00.123456Z"),
                        Duration.ofSeconds(90),
                        LocalDate.of(2026, 1, 31),
                        ZonedDateTime.parse("2026-01-31T10:00:00+01:00[Europe/Berlin]"),
                        Path.of("some folder/file.txt"),
                        new byte[] {1, 2, 3},
                        Double.POSITIVE_INFINITY,
                        true);

        String json = codec.encode(order);
        Order again = (Order) codec.decode(json, Order.class);

        assertThat(again).usingRecursiveComparison().isEqualTo(order);
        assertThat(json)
                .startsWith("{\"id\":\"01993b1e")
                .contains(
                        "\"seal\":\"AQID\"",
                        "\"within\":\"PT1M30S\"",
                        "\"colour\":\"GREEN\"",
                        "\"some folder/file.txt\"")
                .doesNotContain("large", "weight");
    }

    @Test
    void valuesWithoutRecordComeBackToo() {
        assertThat(codec.decode(codec.encode("text"), String.class)).isEqualTo("text");
        assertThat(codec.decode(codec.encode(42L), Long.class)).isEqualTo(42L);
        assertThat(codec.decode(codec.encode(null), Void.class)).isNull();
        assertThat(codec.encode(new Empty())).isEqualTo("{}");
        assertThat(codec.decode("{}", Empty.class)).isEqualTo(new Empty());
        assertThat(codec.encode(null)).isEqualTo("null");
    }

    @Test
    void optionalAndNullableComponentsMayBeMissing() {
        assertThat(codec.decode("{}", Wishes.class)).isEqualTo(new Wishes(Optional.empty(), null));
        assertThat(codec.decode("{\"note\":null,\"customer\":null}", Wishes.class))
                .isEqualTo(new Wishes(Optional.empty(), null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'from':'a','to':'b','amount':'ten'} | field 'amount' of TransferInput must be a"
                        + " whole number, but is \"ten\".",
                "{'from':'a','to':'b','amount':'10'} | field 'amount' of TransferInput must be a"
                        + " whole number, but is \"10\".",
                "{'from':'a','to':'b','amount':1.5} | field 'amount' of TransferInput must be a"
                        + " whole number, but is 1.5.",
                "{'from':'a','to':'b','amount':null} | field 'amount' of TransferInput must be a"
                        + " whole number, but is null.",
                "{'from':'a','to':'b','amount':true} | field 'amount' of TransferInput must be a"
                        + " whole number, but is true.",
                "{'from':'a','to':'b','amount':99999999999999999999} | must be a whole number, but"
                        + " is 99999999999999999999.",
                "{'from':7,'to':'b','amount':1} | field 'from' of TransferInput must be text, but"
                        + " is 7.",
                "{'from':['a'],'to':'b','amount':1} | field 'from' of TransferInput must be text,"
                        + " but is a list.",
                "{'to':'b','amount':1} | field 'from' of TransferInput is missing; it must be"
                        + " text.",
                "{'from':'a','to':'b'} | field 'amount' of TransferInput is missing; it must be a"
                        + " whole number.",
                "{'from':'a','to':'b','amout':1} | TransferInput has no field 'amout'; its fields:"
                        + " from, to, amount. Did you mean 'amount'?",
                "{'from':'a','to':'b','amount':1,'amount':2} | not readable as JSON: Duplicate",
                "{'from':'a','to':'b','amount':1} {} | The value for TransferInput",
                "['a','b',1] | TransferInput must be an object with the fields from, to, amount,"
                        + " but is a list.",
                "'a' | TransferInput must be an object with the fields from, to, amount, but is"
                        + " \"a\".",
                "{'from':'a', | not readable as JSON",
                "`` | TransferInput",
                "{'from':'\\u0000','to':'b','amount':1} | U+0000",
                "{'from':'\\ud800','to':'b','amount':1} | surrogate",
            })
    void whatDoesNotFitIsRefusedByNameOfTheField(String json, String words) {
        assertRefused(
                () -> codec.decode(json.replace('\'', '"'), TransferInput.class),
                ErrorCode.INVALID_INPUT,
                words);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'shifts':[{'value':1},{'value':-2}] | field 'shifts[1]' of Shifts was refused by"
                        + " Positive itself: value must be above 0, but is -2",
                "'shifts':[{'value':1},{'valu':2}] | field 'shifts[1]' of Shifts has no field"
                        + " 'valu'",
                "'lines':{'x':{'article':'tea','count':'2'}} | field 'lines.x.count' of Shifts must"
                        + " be a whole number from -2147483648 to 2147483647, but is \"2\".",
                "'colour':'BLUE' | field 'colour' of Shifts must be one of RED, GREEN, but is"
                        + " \"BLUE\".",
                "'colour':1 | field 'colour' of Shifts must be one of RED, GREEN, but is 1.",
                "'at':'yesterday' | field 'at' of Shifts must be an instant such as"
                        + " 2026-01-31T10:00:00Z, but is \"yesterday\".",
                "'small':3000000000 | field 'small' of Shifts must be a whole number from"
                        + " -2147483648 to 2147483647, but is 3000000000.",
                "'id':'me' | field 'id' of Shifts must be a UUID, but is \"me\".",
            })
    void theFieldIsNamedWithItsWholePath(String field, String words) {
        Map<String, String> fields =
                new java.util.LinkedHashMap<>(
                        Map.of(
                                "shifts",
                                "[]",
                                "lines",
                                "{}",
                                "colour",
                                "'RED'",
                                "at",
                                "'2026-01-31T10:00:00Z'",
                                "small",
                                "1"));
        fields.put("id", "'01993b1e-7a2c-7001-8f00-2a44c8b1d0e5'");
        fields.put(
                field.substring(1, field.indexOf('\'', 1)),
                field.substring(field.indexOf(':') + 1));
        List<String> parts = new ArrayList<>();
        fields.forEach((name, value) -> parts.add("'" + name + "':" + value));
        String json = "{" + String.join(",", parts).replace('\'', '"') + "}";

        assertRefused(
                () -> codec.decode(json.replace('\'', '"'), Shifts.class),
                ErrorCode.INVALID_INPUT,
                words);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\0",
                "a\0b",
                "\ud800",
                "\udc00",
                "\ud800x",
                "x\udc00\ud800",
                "\u00e9\udc00"
            })
    void textThatTheDatabaseCannotHoldIsRefused(String text) {
        assertRefused(
                () -> codec.encode(new Text(text)), ErrorCode.INVALID_OUTPUT, "Text", "U+0000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\u0000",
                "\\\\u0000",
                "\u0001",
                "\ud83d\ude00",
                "\"\\",
                "\u20ac\u2028\ufffd",
                "\t\r\n"
            })
    void textThatOnlyLooksForbiddenIsKept(String text) {
        assertThat(codec.decode(codec.encode(new Text(text)), Text.class))
                .isEqualTo(new Text(text));
    }

    @Test
    void escapedPairsOfSurrogatesAreRead() {
        assertThat(codec.decode("{\"text\":\"\\ud83d\\ude00\"}", Text.class))
                .isEqualTo(new Text("\ud83d\ude00"));
    }

    @Test
    void valuesAboveTheBoundAreRefused() {
        String most = "x".repeat(ImageBounds.VALUE_BYTES_MAX - "{\"text\":\"\"}".length());
        assertThat(codec.encode(new Text(most))).hasSize(ImageBounds.VALUE_BYTES_MAX);
        assertThat(codec.decode(codec.encode(new Text(most)), Text.class))
                .isEqualTo(new Text(most));

        assertRefused(
                () -> codec.encode(new Text(most + "x")),
                ErrorCode.INVALID_OUTPUT,
                "1048576",
                "Text");
        String wide = "\u20ac".repeat(ImageBounds.VALUE_BYTES_MAX / 3);
        assertRefused(() -> codec.encode(new Text(wide)), ErrorCode.INVALID_OUTPUT, "1048576");
        assertRefused(
                () -> codec.decode("{\"text\":\"" + most + "x\"}", Text.class),
                ErrorCode.TOO_LARGE,
                "1048576");
    }

    @Test
    void valuesWithoutEndAreRefusedAndFillNoMemory() {
        Iterable<String> endless =
                () ->
                        new Iterator<>() {
                            @Override
                            public boolean hasNext() {
                                return true;
                            }

                            @Override
                            public String next() {
                                return "again";
                            }
                        };
        assertRefused(
                () -> codec.encode(new Endless(endless)), ErrorCode.INVALID_OUTPUT, "1048576");
    }

    @Test
    void circlesAndDeepNestsAreRefused() {
        List<Object> circle = new ArrayList<>();
        circle.add(circle);
        assertRefused(
                () -> codec.encode(new Anything(circle)), ErrorCode.INVALID_OUTPUT, "Anything");

        Chain chain = new Chain(null);
        for (int i = 0; i < ImageBounds.VALUE_DEPTH_MAX; i++) {
            chain = new Chain(chain);
        }
        Chain deep = chain;
        assertRefused(() -> codec.encode(deep), ErrorCode.INVALID_OUTPUT, "Chain");
        String json = "{\"next\":".repeat(200) + "null" + "}".repeat(200);
        assertRefused(() -> codec.decode(json, Chain.class), ErrorCode.INVALID_INPUT, "Chain");
    }

    @Test
    void whatCannotBeWrittenIsRefusedWithItsPlace() {
        assertRefused(
                () -> codec.encode(new Broken("x")),
                ErrorCode.INVALID_OUTPUT,
                "Broken",
                "no name yet");
    }
}
