package org.rowhouse.node;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rowhouse.api.Components;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Serves;

/** Serves {@link Prices} and calls them. */
@Serves(Prices.class)
public class Shelf implements Prices {
    static final AtomicInteger MADE = new AtomicInteger();
    static final AtomicInteger INTERRUPTED = new AtomicInteger();
    static final AtomicInteger CLOSED = new AtomicInteger();
    static volatile CountDownLatch gate = new CountDownLatch(0);
    static volatile CountDownLatch begun = new CountDownLatch(1);
    static volatile boolean lame = true;

    private final String name;

    Shelf(String name) {
        this.name = name;
    }

    @Override
    public Quote quote(Query query) {
        return new Quote(query.item(), query.count() * 3L, List.of(name, query.item()));
    }

    @Override
    public Quote fail(Query query) {
        throw new IllegalStateException("no " + query.item());
    }

    @Override
    public void refuse(Query query) {
        throw new RowhouseException(ErrorCode.CONFLICT, "There is no more " + query.item() + ".");
    }

    @Override
    public Quote slow(Query query) {
        if (lame) {
            block();
        }
        return quote(query);
    }

    @Override
    public Quote wait(Query query) {
        block();
        return quote(query);
    }

    private static void block() {
        begun.countDown();
        try {
            if (!gate.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody opened the gate");
            }
        } catch (InterruptedException e) {
            INTERRUPTED.incrementAndGet();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public Stream<Item> count(Query query) {
        return IntStream.range(0, query.count())
                .mapToObj(number -> {
                    MADE.incrementAndGet();
                    return new Item(number);
                })
                .onClose(CLOSED::incrementAndGet);
    }

    @Override
    public Item sum(Stream<Item> items) {
        return new Item(items.mapToInt(Item::number).sum());
    }

    @Override
    public Stream<Item> twice(Stream<Item> items) {
        return items.map(item -> new Item(item.number() * 2));
    }

    @Override
    public Quote ask(Query query) {
        return Components.of(Prices.class).quote(query);
    }
}
