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

/**
 * Work to look at: some that ends well, some that does not, some that waits, some that means harm.
 */
public class Plays {
    /** An order. */
    public record Order(String item, int count) {}

    /** What was bought. */
    public record Receipt(String text, int cents) {}

    /** How many. */
    public record Count(int count) {}

    /** More than fits into a double. */
    public record Big(long number) {}

    /** A text. */
    public record Word(String text) {}

    /** Buys in three steps. */
    @Workflow
    public Receipt buy(Order order) {
        int price = Task.step("price", Integer.class, () -> 250 * order.count());
        String paid = Task.step("pay", String.class, () -> "paid " + price);
        return new Receipt(
                Task.step("send", String.class, () -> paid + " for " + order.item()), price);
    }

    /** Starts children and waits for them. */
    @Workflow
    public Count fan(Count count) {
        List<Word> words =
                IntStream.range(0, count.count()).mapToObj(i -> new Word("part " + i)).toList();
        List<Child<Word>> children = Task.startAll("echo", words, Word.class, StartOptions.DIRECT);
        Task.awaitAll(children);
        return count;
    }

    /** Gives back what it gets. */
    @Function
    public Word echo(Word word) {
        return word;
    }

    /** Gives back a number that JavaScript cannot hold. */
    @Function
    public Big big(Big big) {
        return big;
    }

    /** Waits for an hour after its first step. */
    @Workflow
    public void sleep() {
        Task.step("begin", String.class, () -> "begun");
        Task.sleep(Duration.ofHours(1));
    }

    /** Fails in its second step. */
    @Workflow
    public void fail() {
        Task.step("fine", String.class, () -> "fine");
        throw new IllegalStateException("no luck today");
    }

    /** Says a text wherever a program can say one. */
    @Workflow
    public Word threaten(Word word) {
        Task.log(word.text());
        Task.step(word.text(), Word.class, () -> word);
        throw new IllegalStateException(word.text());
    }

    /** Gives a text of this length. */
    @Function
    public Word large(Count length) {
        return new Word("x".repeat(length.count()));
    }

    /** Takes this many small steps. */
    @Workflow
    public Count stairs(Count count) {
        for (int i = 0; i < count.count(); i++) {
            int number = i;
            Task.step("stair " + i, Integer.class, () -> number);
        }
        return count;
    }

    /** Starts orders, each a workflow of its own, and logs about it. */
    @Workflow
    public Count market(Count count) {
        Task.log("the market opens");
        List<Order> orders =
                IntStream.range(0, count.count()).mapToObj(i -> new Order("tea", i)).toList();
        List<Child<Receipt>> sold =
                Task.startAll("buy", orders, Receipt.class, StartOptions.DIRECT);
        Task.awaitAll(sold);
        Task.sleep(Duration.ofMillis(400));
        Task.step("close", String.class, () -> "closed");
        Task.log("the market closes");
        return count;
    }

    /** Works for so many milliseconds in its second step, and logs each tenth of them. */
    @Workflow
    public Count work(Count millis) {
        CountDownLatch never = new CountDownLatch(1);
        Task.step("prepare", String.class, () -> "prepared");
        Task.step(
                "toil",
                String.class,
                () -> {
                    for (int i = 0; i < 10; i++) {
                        Task.log("tenth " + i);
                        var _ = never.await(millis.count() / 10, TimeUnit.MILLISECONDS);
                    }
                    return "done";
                });
        return millis;
    }
}
