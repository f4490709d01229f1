package org.rowhouse.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.messages.Postage;
import org.rowhouse.messages.Publication;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.tasks.Tasks;

/**
 * One life of a client that publishes, sends mail and starts conversations, each under a name of
 * its own, and writes to a file what was acknowledged. A later life goes on behind that, and so
 * repeats what the one before sent without an answer.
 *
 * <p>A line of the file is a kind ({@code topic}, {@code mail} or {@code task}), a key and a
 * number. What was written outlives the process, though not the machine: nobody kills that here.
 */
final class Sender {
    /** Each keeps to its own order. */
    private static final List<String> WAYS =
            List.of("topic k0", "topic k1", "topic k2", "mail m0", "mail m1", "task t0");

    /** Messages of one key that are under way at a time. */
    private static final int WINDOW = 4;

    /** Keeps the load bearable for a small machine. */
    private static final Duration PACE = Duration.ofMillis(50);

    /** A conversation is some twenty transactions. */
    private static final Duration TALK_PACE = Duration.ofMillis(600);

    private final Rowhouse rowhouse;
    private final Path file;
    private final Map<String, Integer> next = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    private Sender(Rowhouse rowhouse, Path file) {
        this.rowhouse = rowhouse;
        this.file = file;
    }

    /** Goes on with what earlier lives have not been told is durable. */
    static Sender begin(Rowhouse rowhouse, Path file) {
        Sender sender = new Sender(rowhouse, file);
        for (String line : acknowledged(file)) {
            int space = line.lastIndexOf(' ');
            int number = Integer.parseInt(line.substring(space + 1));
            sender.next.merge(line.substring(0, space), number + 1, Math::max);
        }
        for (String way : WAYS) {
            sender.threads.add(Thread.ofVirtual().name(way).start(() -> sender.send(way)));
        }
        return sender;
    }

    /**
     * What was acknowledged until now, a line each; a life may have died while it wrote its last.
     */
    static List<String> acknowledged(Path file) {
        try {
            return Files.notExists(file) ? List.of() : Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The conversation of this number. */
    static TaskId task(int number) {
        return TaskId.derived(number % 2, 0, "conversation", number, 0);
    }

    private void send(String way) {
        int number = next.getOrDefault(way, 0);
        while (!over) {
            List<CompletableFuture<?>> sent = new ArrayList<>();
            for (int i = 0; i < WINDOW; i++) {
                sent.add(submit(way, number + i));
            }
            for (CompletableFuture<?> each : sent) {
                if (!acknowledged(way, number, each)) {
                    break; // it and those behind it once more
                }
                number++;
            }
            LockSupport.parkNanos((way.startsWith("task") ? TALK_PACE : PACE).toNanos());
        }
    }

    private CompletableFuture<?> submit(String way, int number) {
        int space = way.indexOf(' ');
        String key = way.substring(space + 1);
        String body = "{\"key\":\"" + key + "\",\"number\":" + number + "}";
        String id = key + " " + number;
        try {
            return switch (way.substring(0, space)) {
                case "topic" ->
                        rowhouse.messages()
                                .submit(Publication.of(Receivers.TOPIC, key, body).id(id));
                case "mail" ->
                        rowhouse.messages().submit(Postage.to(Receivers.MAILBOX, body).id(id));
                default -> CompletableFuture.completedFuture(start(number));
            };
        } catch (RowhouseException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private TaskId start(int number) {
        return rowhouse.tasks()
                .start(
                        new Tasks.Request(
                                "talk",
                                null,
                                "converse",
                                "{}",
                                StartOptions.DIRECT,
                                "story",
                                task(number)));
    }

    private boolean acknowledged(String way, int number, CompletableFuture<?> sent) {
        try {
            var _ = sent.join();
        } catch (CompletionException e) {
            System.err.println(way + " " + number + " is sent again: " + e.getCause());
            return false;
        }
        try {
            // One write to a file opened for appending: a whole line or none.
            Files.writeString(
                    file,
                    way + " " + number + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends nothing new, and waits until all that was sent has been acknowledged. */
    void rest() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
