package org.rowhouse.node;

import java.time.Duration;
import java.util.List;
import org.rowhouse.api.Child;
import org.rowhouse.api.Function;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** The component that the tests of the HTTP API run. */
public class Echoes {
    /** A text. */
    public record Word(String text) {}

    /** How many. */
    public record Count(int count) {}

    /** A time. */
    public record Pause(long millis) {}

    /** Gives back what it gets. */
    @Function
    public Word echo(Word word) {
        Task.log("echo " + word.text());
        return word;
    }

    /** Starts children and waits for them. */
    @Workflow
    public Count fan(Count count) {
        List<Word> words =
                java.util.stream.IntStream.range(0, count.count())
                        .mapToObj(i -> new Word("w" + i))
                        .toList();
        List<Child<Word>> children = Task.startAll("echo", words, Word.class, StartOptions.DIRECT);
        Task.awaitAll(children);
        return count;
    }

    /** Sleeps. */
    @Workflow
    public Pause sleep(Pause pause) {
        Task.sleep(Duration.ofMillis(pause.millis()));
        return pause;
    }

    /** Logs, sleeps, and logs again. */
    @Workflow
    public void twice() {
        Task.log("first");
        Task.sleep(Duration.ofMillis(300));
        Task.log("second");
    }

    /** Fails. */
    @Function
    public void fail() {
        throw new IllegalStateException("no luck");
    }
}
