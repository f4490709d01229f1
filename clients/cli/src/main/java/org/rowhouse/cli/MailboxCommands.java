package org.rowhouse.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about mailboxes that have a name. */
final class MailboxCommands {
    private MailboxCommands() {}

    private static void show(Command.WithJson command, JsonNode mailboxes) {
        if (command.json) {
            command.printJson(mailboxes);
            return;
        }
        Table table =
                new Table(
                                "MAILBOX",
                                "CONSUMER",
                                "WAITING",
                                "MOST",
                                "DELIVERIES",
                                "BACK-OFF MS",
                                "TROUBLE")
                        .right(2, 3, 4, 5);
        for (JsonNode one : mailboxes) {
            String trouble = TopicCommands.trouble(one);
            table.add(
                    List.of(
                            Text.of(one, "name"),
                            TopicCommands.consumer(one),
                            NodeCommands.counted(one, "waiting"),
                            Text.of(one, "mail_max"),
                            Text.of(one, "deliveries"),
                            Text.of(one, "back_off_ms"),
                            trouble),
                    trouble.isEmpty() ? text -> text : command.style::yellow);
        }
        command.print(table);
    }

    /** {@code rowhouse mailboxes}. */
    @CommandLine.Command
    static final class MailboxList extends Command.WithJson {
        MailboxList(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the mailboxes that have a name, and who consumes for them.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                show(this, node.get("/mailboxes"));
                return 0;
            }
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new MailboxList(shell),
                    "set", new Set(shell),
                    "drop",
                            new NamedAct(
                                    shell,
                                    "mailbox",
                                    "drop",
                                    "Deletes a mailbox with all its mail.",
                                    MailboxCommands::show),
                    "send", new Send(shell),
                    "dead-letters", new TopicCommands.DeadLetters(shell, "mailboxes"),
                    "redeliver", new Redeliver(shell));
        }
    }

    /** {@code rowhouse mailboxes set NAME ...}. */
    @CommandLine.Command(
            description = "Makes a mailbox or changes it; what is left out stays as it is.")
    static final class Set extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The mailbox.")
        String name = "";

        @Option(
                names = "--deliveries",
                paramLabel = "N",
                description = "How often a mail is tried before it becomes a dead letter.")
        @Nullable Integer deliveries;

        @Option(
                names = "--back-off",
                paramLabel = "TIME",
                description = "Pause before the second try, doubled for each further one.")
        @Nullable String backOff;

        @Option(
                names = "--mail-max",
                paramLabel = "N",
                description = "Sending is refused while about so many wait.")
        @Nullable Integer mailMax;

        Set(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            OperationCommands.putIfGiven(request, "deliveries", deliveries);
            OperationCommands.putIfGiven(request, "back_off", backOff);
            OperationCommands.putIfGiven(request, "mail_max", mailMax);
            try (NodeClient node = node()) {
                show(this, listOf(node.put(TopicCommands.path("mailboxes", name), request)));
                return 0;
            }
        }
    }

    /** {@code rowhouse mailboxes send NAME BODY}. */
    @CommandLine.Command(description = "Sends mail; it is durable when the command has ended.")
    static final class Send extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The mailbox.")
        String name = "";

        @Parameters(index = "1", paramLabel = "BODY", description = "JSON, or else a text.")
        String body = "";

        @Option(
                names = "--priority",
                paramLabel = "N",
                description = "Higher is received first, -1000 to 1000.")
        @Nullable Integer priority;

        @Option(names = "--delay", paramLabel = "TIME", description = "Held back for this time.")
        @Nullable String delay;

        @Option(
                names = "--ttl",
                paramLabel = "TIME",
                description = "Not received within this time it becomes a dead letter.")
        @Nullable String timeToLive;

        @Option(
                names = "--id",
                paramLabel = "ID",
                description = "Sending the same id twice sends once.")
        @Nullable String id;

        Send(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Map<String, Object> request = new HashMap<>();
            request.put("body", TopicCommands.body(body));
            OperationCommands.putIfGiven(request, "priority", priority);
            OperationCommands.putIfGiven(request, "delay", delay);
            OperationCommands.putIfGiven(request, "time_to_live", timeToLive);
            OperationCommands.putIfGiven(request, "id", id);
            try (NodeClient node = node()) {
                JsonNode answer = node.post(TopicCommands.path("mailboxes", name, "mail"), request);
                if (json) {
                    printJson(answer);
                } else {
                    shell.out().println("Sent as " + Text.of(answer, "id"));
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse mailboxes redeliver NAME}. */
    @CommandLine.Command(
            description = "Puts dead letters into their mailbox again, as if never tried.")
    static final class Redeliver extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The mailbox.")
        String name = "";

        @Option(names = "--id", paramLabel = "ID", description = "Only the mail of this id.")
        @Nullable String id;

        Redeliver(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                String path = TopicCommands.path("mailboxes", name, "redeliver");
                TopicCommands.redelivered(this, node.post(path, TopicCommands.letter(id)));
                return 0;
            }
        }
    }
}
