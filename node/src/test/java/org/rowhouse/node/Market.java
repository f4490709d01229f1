package org.rowhouse.node;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Serves;
import org.rowhouse.api.Timeout;

/** What {@link CallDoorsTest} calls from outside. */
public interface Market {
    enum Colour {
        RED,
        GREEN
    }

    sealed interface Payment {}

    record Cash(long cents) implements Payment {}

    record Card(String number) implements Payment {}

    @SuppressWarnings("ArrayRecordComponent") // bytes are what is tested
    record Order(
            String item,
            int count,
            @Nullable String note,
            Colour colour,
            Payment payment,
            Instant at,
            BigDecimal price,
            byte[] picture,
            List<Long> numbers,
            Map<String, Boolean> flags) {}

    record Item(int number) {}

    Order same(Order order);

    Item next(Item item);

    void refuse(Item item);

    @Timeout("300ms")
    Item slow(Item item);

    Item none();

    Stream<Item> count(Item item);

    Item sum(Stream<Item> items);

    Stream<Item> times(Item factor, Stream<Item> items);

    /** Serves it. */
    @Serves(Market.class)
    class Stall implements Market {
        @Override
        public Order same(Order order) {
            return order;
        }

        @Override
        public Item next(Item item) {
            return new Item(item.number() + 1);
        }

        @Override
        public void refuse(Item item) {
            throw new RowhouseException(ErrorCode.CONFLICT, "There is no item " + item.number());
        }

        @Override
        public Item slow(Item item) {
            try {
                new java.util.concurrent.CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return item;
        }

        @Override
        public Item none() {
            return new Item(7);
        }

        @Override
        public Stream<Item> count(Item item) {
            return IntStream.range(0, item.number()).mapToObj(Item::new);
        }

        @Override
        public Item sum(Stream<Item> items) {
            return new Item(items.mapToInt(Item::number).sum());
        }

        @Override
        public Stream<Item> times(Item factor, Stream<Item> items) {
            return items.map(item -> new Item(item.number() * factor.number()));
        }
    }
}
