package org.rowhouse.grpc;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Idempotent;
import org.rowhouse.api.RowhouseException;

/** An interface with everything that the door must carry. */
public interface Shop {
    /** Two of three. */
    enum Colour {
        RED,
        GREEN,
        BLUE
    }

    /** A union. */
    sealed interface Payment {}

    /** One alternative. */
    record Cash(long cents) implements Payment {}

    /** The other. */
    record Card(String number, @Nullable String name) implements Payment {}

    /** Everything. */
    record Order(
            boolean gift,
            int count,
            long at,
            float rough,
            double fine,
            String item,
            @Nullable String note,
            Optional<Integer> limit,
            UUID id,
            Instant when,
            Duration within,
            LocalDate day,
            BigDecimal price,
            Colour colour,
            @Nullable Colour other,
            Payment payment,
            List<String> labels,
            List<@Nullable String> holes,
            List<List<Integer>> grid,
            Map<String, Long> stock,
            Map<Colour, Payment> payments,
            List<Order> parts) {}

    /** Small. */
    record Item(int number) {}

    @Idempotent
    Order same(Order order);

    void refuse(Item item);

    Item fail(Item item);

    Item block(Item item);

    Item nothing();

    Stream<Item> count(Item item);

    Item sum(Stream<Item> items);

    Stream<Item> times(Item factor, Stream<Item> items);

    /** Serves it. */
    final class Shelf implements Shop {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch interrupted = new CountDownLatch(1);
        final AtomicInteger made = new AtomicInteger();

        @Override
        public Order same(Order order) {
            return order;
        }

        @Override
        public void refuse(Item item) {
            throw new RowhouseException(ErrorCode.CONFLICT, "There is no item " + item.number());
        }

        @Override
        public Item fail(Item item) {
            throw new IllegalStateException("broken");
        }

        @Override
        public Item block(Item item) {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
                return item;
            } catch (InterruptedException e) {
                interrupted.countDown();
                Thread.currentThread().interrupt();
                throw new RowhouseException(ErrorCode.CANCELLED, "interrupted", e);
            }
        }

        @Override
        public Item nothing() {
            return new Item(7);
        }

        @Override
        public Stream<Item> count(Item item) {
            return IntStream.range(0, item.number())
                    .mapToObj(number -> {
                        made.incrementAndGet();
                        return new Item(number);
                    });
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
