package org.rowhouse.node;

import java.util.List;
import java.util.stream.Stream;
import org.rowhouse.api.Idempotent;
import org.rowhouse.api.Timeout;

/** What the components of {@link CallsTest} call each other by. */
public interface Prices {
    /** What is asked for. */
    public record Query(String item, int count) {}

    /** A price in cents. */
    public record Quote(String item, long cents, List<String> parts) {}

    /** One of many. */
    public record Item(int number) {}

    @Idempotent
    Quote quote(Query query);

    Quote fail(Query query);

    void refuse(Query query);

    @Timeout("300ms")
    Quote slow(Query query);

    Quote wait(Query query);

    Stream<Item> count(Query query);

    Item sum(Stream<Item> items);

    Stream<Item> twice(Stream<Item> items);

    Quote ask(Query query);
}
