package org.rowhouse.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.StringNode;

/** Commands about topics and their groups. */
final class TopicCommands {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TopicCommands() {}

    private static void show(Command.WithJson command, JsonNode topics) {
        if (command.json) {
            command.printJson(topics);
            return;
        }
        Table table =
                new Table(
                                "TOPIC",
                                "LOGS",
                                "KEPT",
                                "BYTES",
                                "GROUP",
                                "CONSUMER",
                                "LAG",
                                "OLDEST",
                                "TROUBLE")
                        .right(1, 2, 3, 6, 7);
        for (JsonNode topic : topics) {
            List<String> about =
                    List.of(
                            Text.of(topic, "name"),
                            Text.of(topic, "logs"),
                            Text.of(topic, "messages"),
                            Text.of(topic, "bytes"));
            boolean first = true;
            for (JsonNode group : topic.path("groups")) {
                List<String> line = new ArrayList<>(first ? about : List.of("", "", "", ""));
                line.add(Text.of(group, "name"));
                line.add(consumer(group));
                line.add(Text.of(group, "lag"));
                line.add(age(group.path("lag_seconds")));
                String trouble = trouble(group);
                line.add(trouble);
                table.add(line, trouble.isEmpty() ? text -> text : command.style::yellow);
                first = false;
            }
            if (first) {
                List<String> line = new ArrayList<>(about);
                line.addAll(List.of("", "", "", "", ""));
                table.add(line, text -> text);
            }
        }
        command.print(table);
    }

    /** The component and function that handle a group or mailbox; empty if none does. */
    static String consumer(JsonNode of) {
        JsonNode consumer = of.path("consumer");
        return consumer.isObject()
                ? Text.of(consumer, "component") + "/" + Text.of(consumer, "function")
                : "";
    }

    /** Why a message is tried again, or the consumer cannot run; empty: all is well. */
    static String trouble(JsonNode of) {
        String error = Text.of(of.path("consumer"), "error");
        return error.isEmpty() ? Text.of(of, "error") : "cannot be loaded: " + error;
    }

    private static String age(JsonNode seconds) {
        if (!seconds.isNumber()) {
            return "";
        }
        double value = seconds.asDouble();
        return value < 120
                ? "%.1f s".formatted(value)
                : value < 7_200
                        ? "%.0f min".formatted(value / 60)
                        : "%.0f h".formatted(value / 3_600);
    }

    private static void letters(Command.WithJson command, JsonNode letters) {
        if (command.json) {
            command.printJson(letters);
            return;
        }
        Table table = new Table("DIED", "READER", "POSITION", "TRIES", "KEY", "REASON").right(2, 3);
        for (JsonNode one : letters) {
            table.add(
                    List.of(
                            Text.of(one, "died_at"),
                            Text.of(one, "reader"),
                            Text.of(one, "position"),
                            Text.of(one, "attempts"),
                            Text.of(one, "key"),
                            Text.of(one, "reason")),
                    text -> text);
        }
        command.print(table);
    }

    /** What someone typed as a body: JSON if it is JSON, else a text. */
    static JsonNode body(String typed) {
        try {
            return JSON.readTree(typed);
        } catch (tools.jackson.core.JacksonException notJson) {
            return StringNode.valueOf(typed);
        }
    }

    static String path(String kind, String name, String... more) {
        StringBuilder path = new StringBuilder("/" + kind + "/" + NodeClient.encode(name));
        for (String part : more) {
            path.append('/').append(NodeClient.encode(part));
        }
        return path.toString();
    }

    /** {@code rowhouse topics}. */
    @CommandLine.Command
    static final class TopicList extends Command.WithJson {
        TopicList(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the topics, and their groups with who consumes for them and how far these"
                    + " lag.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/topics"));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new TopicList(shell),
                    "set", new Set(shell),
                    "drop",
                            new NamedAct(
                                    shell,
                                    "topic",
                                    "drop",
                                    "Deletes a topic with all its messages and groups.",
                                    TopicCommands::show),
                    "publish", new Publish(shell),
                    "messages", new Messages(shell),
                    "dead-letters", new DeadLetters(shell, "topics"),
                    "group", new Group(shell),
                    "drop-group", new DropGroup(shell),
                    "seek", new Seek(shell),
                    "redeliver", new Redeliver(shell));
        }
    }

    /** {@code rowhouse topics set NAME ...}. */
    @CommandLine.Command(
            description =
                    "Makes a topic or sets its limits; what is left out stays as it is, 0 takes a"
                            + " limit away.")
    static final class Set extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The topic.")
        String name = "";

        @Option(
                names = "--logs",
                paramLabel = "N",
                description = "How many logs its messages are spread over; fixed once it is there.")
        @Nullable Integer logs;

        @Option(
                names = "--retention",
                paramLabel = "TIME",
                description = "How long messages are kept, as in 7d; 0s: for ever.")
        @Nullable String retention;

        @Option(
                names = "--retention-bytes",
                paramLabel = "N",
                description = "The oldest go when its messages take more.")
        @Nullable Long retentionBytes;

        @Option(
                names = "--bytes-max",
                paramLabel = "N",
                description = "Publishing is refused while its messages take more.")
        @Nullable Long bytesMax;

        @Option(
                names = "--lag-max",
                paramLabel = "N",
                description = "Publishing is refused while a group lags by more in one log.")
        @Nullable Long lagMax;

        Set(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            OperationCommands.putIfGiven(request, "logs", logs);
            OperationCommands.putIfGiven(request, "retention", retention);
            OperationCommands.putIfGiven(request, "retention_bytes", retentionBytes);
            OperationCommands.putIfGiven(request, "bytes_max", bytesMax);
            OperationCommands.putIfGiven(request, "lag_max", lagMax);
            try (NodeClient node = node()) {
                show(this, listOf(node.put(path("topics", name), request)));
                return 0;
            }
        }
    }

    /** {@code rowhouse topics publish NAME BODY}. */
    @CommandLine.Command(
            description = "Publishes a message; it is durable when the command has ended.")
    static final class Publish extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The topic.")
        String name = "";

        @Parameters(index = "1", paramLabel = "BODY", description = "JSON, or else a text.")
        String body = "";

        @Option(
                names = "--key",
                paramLabel = "KEY",
                description = "Messages of one key stay in order.")
        @Nullable String key;

        @Option(
                names = "--id",
                paramLabel = "ID",
                description = "Publishing the same id twice publishes once.")
        @Nullable String id;

        @Option(
                names = "--ttl",
                paramLabel = "TIME",
                description = "Readers pass it over after this time, as in 1h.")
        @Nullable String timeToLive;

        Publish(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            request.put("body", body(body));
            OperationCommands.putIfGiven(request, "key", key);
            OperationCommands.putIfGiven(request, "id", id);
            OperationCommands.putIfGiven(request, "time_to_live", timeToLive);
            try (NodeClient node = node()) {
                JsonNode answer = node.post(path("topics", name, "messages"), request);
                if (json) {
                    printJson(answer);
                } else {
                    shell.out().println("Published at position " + Text.of(answer, "position"));
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse topics messages NAME}. */
    @CommandLine.Command(
            description =
                    "Shows messages of one log of a topic: from a position on, or else the newest."
                            + " Nothing is acknowledged by it.")
    static final class Messages extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The topic.")
        String name = "";

        @Option(names = "--log", paramLabel = "N", description = "Which of its logs; 0 by default.")
        int log;

        @Option(names = "--from", paramLabel = "N", description = "The first position.")
        @Nullable Long from;

        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many; 50 by default.")
        int limit = 50;

        Messages(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            String query =
                    "?log=" + log + "&limit=" + limit + (from == null ? "" : "&from=" + from);
            try (NodeClient node = node()) {
                JsonNode messages = node.get(path("topics", name, "messages") + query);
                if (json) {
                    printJson(messages);
                    return 0;
                }
                Table table = new Table("POSITION", "SENT", "KEY", "BODY").right(0);
                for (JsonNode one : messages) {
                    table.add(
                            List.of(
                                    Text.of(one, "position"),
                                    Text.of(one, "sent_at"),
                                    Text.of(one, "key"),
                                    Text.of(one, "body")),
                            text -> text);
                }
                print(table);
                return 0;
            }
        }
    }

    /** {@code rowhouse topics|mailboxes dead-letters NAME}. */
    @CommandLine.Command(description = "Shows what could not be handled, each with the reason.")
    static final class DeadLetters extends Command.WithJson {
        private final String kind;

        @Parameters(index = "0", paramLabel = "NAME", description = "Of what.")
        String name = "";

        @Option(
                names = "--log",
                paramLabel = "N",
                description = "Which log of a topic; 0 by default.")
        int log;

        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many; 50 by default.")
        int limit = 50;

        DeadLetters(Shell shell, String kind) {
            super(shell);
            this.kind = kind;
        }

        @Override
        public Integer call() {
            String query =
                    "?limit=" + limit + (kind.equals("topics") && log > 0 ? "&log=" + log : "");
            try (NodeClient node = node()) {
                letters(this, node.get(path(kind, name, "dead-letters") + query));
                return 0;
            }
        }
    }

    /** {@code rowhouse topics group TOPIC GROUP}. */
    @CommandLine.Command(description = "Makes a group of readers, or sets how it tries messages.")
    static final class Group extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
        String topic = "";

        @Parameters(index = "1", paramLabel = "GROUP", description = "The group.")
        String group = "";

        @Option(
                names = "--from",
                paramLabel = "oldest|next",
                description = "Where a new group begins; oldest by default.")
        @Nullable String from;

        @Option(
                names = "--deliveries",
                paramLabel = "N",
                description = "How often a message is tried before it becomes a dead letter.")
        @Nullable Integer deliveries;

        @Option(
                names = "--back-off",
                paramLabel = "TIME",
                description = "Pause before the second try, doubled for each further one.")
        @Nullable String backOff;

        Group(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            OperationCommands.putIfGiven(request, "from", from);
            OperationCommands.putIfGiven(request, "deliveries", deliveries);
            OperationCommands.putIfGiven(request, "back_off", backOff);
            try (NodeClient node = node()) {
                show(this, listOf(node.put(path("topics", topic, "groups", group), request)));
                return 0;
            }
        }
    }

    /** {@code rowhouse topics drop-group TOPIC GROUP}. */
    @CommandLine.Command(description = "Forgets a group and how far it had come.")
    static final class DropGroup extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
        String topic = "";

        @Parameters(index = "1", paramLabel = "GROUP", description = "The group.")
        String group = "";

        DropGroup(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode answer = node.delete(path("topics", topic, "groups", group));
                if (json) {
                    printJson(answer);
                } else {
                    shell.out().println("The group " + Text.printable(group) + " is gone.");
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse topics seek TOPIC GROUP WHERE}. */
    @CommandLine.Command(
            description = "Lets a group go on elsewhere, to read messages again or to skip them.")
    static final class Seek extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
        String topic = "";

        @Parameters(index = "1", paramLabel = "GROUP", description = "The group.")
        String group = "";

        @Parameters(
                index = "2",
                paramLabel = "WHERE",
                description = "oldest, next, or a time such as 2026-11-26T10:00:00Z.")
        String to = "";

        Seek(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode answer =
                        node.post(path("topics", topic, "groups", group, "seek"), Map.of("to", to));
                if (json) {
                    printJson(answer);
                } else {
                    shell.out()
                            .println(
                                    "The group has "
                                            + Text.of(answer, "ahead")
                                            + " messages before it.");
                }
                return 0;
            }
        }
    }

    /** What handing on once more came to, for people. */
    static void redelivered(Command.WithJson command, JsonNode answer) {
        if (command.json) {
            command.printJson(answer);
            return;
        }
        long count = answer.path("redelivered").asLong();
        long leftOver = answer.path("left_over").asLong();
        String said =
                count == 0 && leftOver == 0
                        ? "There are no dead letters."
                        : count + (count == 1 ? " is" : " are") + " handed on once more.";
        String full =
                leftOver == 0
                        ? ""
                        : " The mailbox is full: " + leftOver + " did not fit; try again later.";
        command.shell.out().println(said + full);
    }

    static Map<String, Object> letter(@Nullable String id) {
        return id == null ? Map.of() : Map.of("id", id);
    }

    /** {@code rowhouse topics redeliver TOPIC GROUP}. */
    @CommandLine.Command(
            description =
                    "Hands a group's dead letters to it once more; what fails again stays one.")
    static final class Redeliver extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "TOPIC", description = "The topic.")
        String topic = "";

        @Parameters(index = "1", paramLabel = "GROUP", description = "The group.")
        String group = "";

        @Option(names = "--id", paramLabel = "ID", description = "Only the message of this id.")
        @Nullable String id;

        Redeliver(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                String path = path("topics", topic, "groups", group, "redeliver");
                redelivered(this, node.post(path, letter(id)));
                return 0;
            }
        }
    }
}
