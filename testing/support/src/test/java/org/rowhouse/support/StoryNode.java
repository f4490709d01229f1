package org.rowhouse.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.node.NodeOffer;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.tasks.Tasks;

/**
 * What the process of a node in a story runs: opens the node, says {@code ready}, and obeys orders
 * until its input ends.
 *
 * <p>An order is a line of fields with tabs between them, a number first; so is its answer: the
 * number, then {@code ok} and a word, or {@code no}, the error's code and its message.
 */
final class StoryNode {
    private final Rowhouse rowhouse;
    private volatile @Nullable Sender sender;

    private StoryNode(Rowhouse rowhouse) {
        this.rowhouse = rowhouse;
    }

    public static void main(String[] arguments) throws IOException {
        try (Rowhouse rowhouse = Rowhouse.open(options(arguments));
                // Platform threads: a node whose tasks take every carrier must still obey.
                var threads = Executors.newCachedThreadPool()) {
            StoryNode node = new StoryNode(rowhouse);
            var orders =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            answer("ready");
            for (String line = orders.readLine(); line != null; line = orders.readLine()) {
                String[] order = line.split("\t", -1);
                threads.execute(() -> node.obey(order));
            }
        }
    }

    /** Home; for a cluster of several nodes the database's URL and the node's name; its cores. */
    private static Rowhouse.Options options(String[] arguments) {
        Rowhouse.Options alone = Rowhouse.Options.of(Path.of(arguments[0]));
        if (arguments.length == 1) {
            return alone;
        }
        Rowhouse.Options one = alone.databaseUrl(arguments[1]).name(arguments[2]);
        return arguments.length == 3
                ? one
                : one.offer(NodeOffer.NOTHING.with("--cores", arguments[3]));
    }

    private void obey(String[] order) {
        try {
            answer(order[0] + "\tok\t" + result(order));
        } catch (RowhouseException e) {
            answer(order[0] + "\tno\t" + e.code() + "\t" + inOneLine(e.getMessage()));
        } catch (RuntimeException e) {
            answer(order[0] + "\tno\tINTERNAL\t" + inOneLine(e.toString()));
        }
    }

    private String result(String[] order) {
        return switch (order[1]) {
            case "deploy" -> rowhouse.deploy(Path.of(order[2]), "story").version();
            case "start" -> start(order).toString();
            case "await" -> await(TaskId.parse(order[2]), Duration.ofSeconds(60));
            case "receive" -> {
                Receivers.begin(rowhouse.messages());
                yield "begun";
            }
            case "send" -> {
                sender = Sender.begin(rowhouse, Path.of(order[2]));
                yield "begun";
            }
            case "rest" -> {
                Sender sending = sender;
                if (sending != null) {
                    sending.rest();
                }
                yield "rests";
            }
            default -> throw new IllegalArgumentException("unknown order " + order[1]);
        };
    }

    private TaskId start(String[] order) {
        String function = order[3];
        int slash = function.indexOf('/');
        StartOptions options =
                order[4].isEmpty() ? StartOptions.DIRECT : StartOptions.inQueue(order[4]);
        int coresMilli = Integer.parseInt(order[6]);
        if (coresMilli > 0) {
            options = options.need(Need.cores(coresMilli));
        }
        return rowhouse.tasks()
                .start(
                        new Tasks.Request(
                                function.substring(0, slash),
                                null,
                                function.substring(slash + 1),
                                order[5],
                                options,
                                "story",
                                TaskId.parse(order[2])));
    }

    private String await(TaskId id, Duration atMost) {
        return rowhouse.tasks().await(id, atMost).state().sqlName();
    }

    private static String inOneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}]", " ");
    }

    private static void answer(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
