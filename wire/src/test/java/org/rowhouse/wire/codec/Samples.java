package org.rowhouse.wire.codec;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/** Records with every kind of field, and random ones of them. */
final class Samples {
    enum Colour {
        RED,
        GREEN,
        BLUE
    }

    sealed interface Figure {}

    sealed interface Round extends Figure {}

    record Circle(double radius) implements Round {}

    record Square(float side, @Nullable String note) implements Figure {}

    record Point() implements Figure {}

    record Pair<A, B>(A first, B second) {}

    record Tree(String name, List<Tree> children, @Nullable Tree next) {}

    record Numbers(
            boolean flag,
            byte tiny,
            short small,
            int middle,
            long large,
            float rough,
            double fine) {}

    record Everything(
            Numbers numbers,
            Boolean boxed,
            @Nullable Integer perhaps,
            String text,
            @Nullable String note,
            Optional<Instant> when,
            UUID uuid,
            TaskId task,
            Duration length,
            LocalDate day,
            BigDecimal money,
            Colour colour,
            Figure figure,
            List<Figure> figures,
            List<@Nullable String> texts,
            Map<String, List<Long>> counts,
            Map<Colour, Point> points,
            Pair<Integer, Pair<String, @Nullable Colour>> pair,
            Tree tree) {}

    /** As many bytes as a small call has: 64. */
    record Reading(
            String sensor, long at, double celsius, double humidity, int count, String place) {}

    static final Reading READING =
            new Reading(
                    "sensor-0042",
                    1_764_150_000_123L,
                    21.25,
                    0.4375,
                    1_234_567,
                    "house 12, floor 3, hall 4");

    private final RandomGenerator random;

    Samples(RandomGenerator random) {
        this.random = random;
    }

    Everything everything() {
        return new Everything(
                new Numbers(
                        random.nextBoolean(),
                        (byte) random.nextInt(),
                        (short) random.nextInt(),
                        (int) whole(),
                        whole(),
                        random.nextFloat(),
                        random.nextGaussian()),
                random.nextBoolean(),
                random.nextBoolean() ? null : random.nextInt(),
                text(),
                random.nextBoolean() ? null : text(),
                random.nextBoolean() ? Optional.empty() : Optional.of(instant()),
                new UUID(random.nextLong(), random.nextLong()),
                TaskId.create(random.nextInt(TaskId.BUCKETS_MAX), random.nextLong(1L << 48)),
                Duration.ofSeconds(whole(), random.nextInt(1_000_000_000)),
                LocalDate.ofEpochDay(random.nextInt(-1_000_000, 1_000_000)),
                new BigDecimal(
                        new BigInteger(
                                random.nextInt(200), new java.util.Random(random.nextLong())),
                        random.nextInt(-50, 50)),
                colour(),
                figure(),
                list(this::figure),
                list(() -> random.nextBoolean() ? null : text()),
                counts(),
                random.nextBoolean() ? Map.of() : Map.of(colour(), new Point()),
                new Pair<>(
                        (int) whole(), new Pair<>(text(), random.nextBoolean() ? null : colour())),
                tree(3));
    }

    /** Numbers of every length, the outermost among them. */
    private long whole() {
        return switch (random.nextInt(8)) {
            case 0 -> Long.MIN_VALUE;
            case 1 -> Long.MAX_VALUE;
            case 2 -> 0;
            default -> random.nextLong() >> random.nextInt(64);
        };
    }

    private String text() {
        String letters = random.nextBoolean() ? "abcXYZ 019" : "a\u00e4\u20ac\u0000";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(random.nextInt(10) == 0 ? 300 : 20); i > 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return random.nextInt(10) == 0 ? text + "\ud83c\udfe0" : text.toString();
    }

    private Instant instant() {
        return Instant.ofEpochSecond(
                random.nextLong(-31_557_014_167_219_200L, 31_556_889_864_403_199L),
                random.nextInt(1_000_000_000));
    }

    private Colour colour() {
        return Colour.values()[random.nextInt(3)];
    }

    private Figure figure() {
        return switch (random.nextInt(3)) {
            case 0 -> new Circle(random.nextDouble());
            case 1 -> new Square(random.nextFloat(), random.nextBoolean() ? null : text());
            default -> new Point();
        };
    }

    private Map<String, List<Long>> counts() {
        Map<String, List<Long>> counts = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            counts.put(text(), list(this::whole));
        }
        return counts;
    }

    private Tree tree(int depth) {
        return new Tree(
                text(),
                depth == 0 ? List.of() : list(() -> tree(depth - 1)),
                depth == 0 || random.nextBoolean() ? null : tree(depth - 1));
    }

    private <T extends @Nullable Object> List<T> list(java.util.function.Supplier<T> item) {
        List<T> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(item.get());
        }
        return list;
    }
}
