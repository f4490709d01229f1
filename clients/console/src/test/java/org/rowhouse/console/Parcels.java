package org.rowhouse.console;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.rowhouse.api.Child;
import org.rowhouse.api.Function;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** What the town in the pictures lives on. */
public class Parcels {
    /** What somebody ordered. */
    public record Order(String customer, String city, List<String> articles) {}

    /** How it went. */
    public record Delivery(String city, int parcels, int cents, List<String> legs) {}

    /** One article in its box. */
    public record Box(String article, int grams) {}

    /** One part of the way. */
    public record Leg(String from, String to, int km) {}

    /** So many. */
    public record Count(int count) {}

    /** A day's books. */
    public record Day(String day, int difference) {}

    /** So long. */
    public record Span(int millis) {}

    private static void takes(long millis) throws InterruptedException {
        var _ = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }

    /** Packs, drives and hands over. */
    @Workflow
    public Delivery deliver(Order order) {
        Task.log(order.articles().size() + " articles for " + order.customer());
        int cents =
                Task.step(
                        "reserve stock",
                        Integer.class,
                        () -> {
                            takes(180);
                            return 1990 * order.articles().size();
                        });
        Task.step(
                "charge card",
                String.class,
                () -> {
                    takes(420);
                    return "paid " + cents + " cents";
                });
        List<Box> boxes =
                order.articles().stream().map(name -> new Box(name, 100 * name.length())).toList();
        List<Child<Box>> packed =
                Task.startAll("pack", boxes, Box.class, StartOptions.inQueue("packing"));
        Task.awaitAll(packed);
        Task.log("packed; the van leaves at the next full second");
        Task.sleep(Duration.ofMillis(350));
        List<Child<Leg>> driven =
                Task.startAll(
                        "drive",
                        List.of(
                                new Leg("depot", "motorway", 12),
                                new Leg("motorway", order.city(), 210),
                                new Leg(order.city(), order.customer(), 4)),
                        Leg.class,
                        StartOptions.inQueue("vans"));
        Task.awaitAll(driven);
        List<String> legs = driven.stream().map(leg -> leg.result().to()).toList();
        Task.step("hand over", () -> takes(240));
        Task.log("handed over to " + order.customer());
        return new Delivery(order.city(), boxes.size(), cents, legs);
    }

    /** Packs one article. */
    @Function
    public Box pack(Box box) throws InterruptedException {
        takes(150 + 3L * box.grams() / 10);
        return box;
    }

    /** Drives one part of the way. */
    @Function
    public Leg drive(Leg leg) throws InterruptedException {
        takes(200 + 4L * leg.km());
        return leg;
    }

    /** Looks up the prices of many articles. */
    @Workflow
    public Count catalogue(Count count) {
        List<Count> all = IntStream.range(0, count.count()).mapToObj(Count::new).toList();
        Task.awaitAll(Task.startAll("price", all, Count.class, StartOptions.inQueue("prices")));
        return count;
    }

    /** Looks up one price. */
    @Function
    public Count price(Count article) {
        return new Count(99 + article.count() * 7 % 900);
    }

    /** Plans the vans' way, which takes a while. */
    @Function
    public Span route(Span span) throws InterruptedException {
        takes(span.millis());
        return span;
    }

    /** Makes small pictures of large ones, which takes a while. */
    @Function
    public Span resize(Span span) throws InterruptedException {
        takes(span.millis());
        return span;
    }

    /** Closes a day's books; fails if they do not add up. */
    @Workflow
    public Day close(Day day) {
        Task.step("add up", () -> takes(60));
        if (day.difference() != 0) {
            throw new IllegalStateException(
                    "The books of %s are %d cents off.".formatted(day.day(), day.difference()));
        }
        return day;
    }
}
