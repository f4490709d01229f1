package org.rowhouse.cli;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands about who belongs to the cluster. */
final class TrustCommands {
    private TrustCommands() {}

    /** {@code rowhouse token}: lists join tokens. */
    @CommandLine.Command
    static final class Token extends Command.WithJson {
        Token(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the join tokens, without their secrets.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode tokens = node.get("/tokens");
                if (json) {
                    printJson(tokens);
                } else if (tokens.isEmpty()) {
                    shell.out().println("No join tokens.");
                } else {
                    print(table(tokens));
                }
                return 0;
            }
        }

        private static Table table(JsonNode tokens) {
            Table table = new Table("TOKEN", "STATE", "MADE", "BY", "EXPIRES", "USED", "NODE");
            Instant now = Instant.now();
            for (JsonNode one : tokens) {
                table.add(
                        Text.of(one, "token"),
                        Text.of(one, "state"),
                        Text.ago(Text.of(one, "created_at"), now),
                        Text.of(one, "created_by"),
                        Text.of(one, "expires_at"),
                        Text.of(one, "used_at").isEmpty()
                                ? ""
                                : Text.ago(Text.of(one, "used_at"), now),
                        Text.of(one, "used_by"));
            }
            return table;
        }

        @Override
        Map<String, Command> below() {
            return Map.of("list", new Token(shell), "create", new Create(shell));
        }
    }

    /** {@code rowhouse token create}. */
    @CommandLine.Command(
            footer = {
                "",
                "Whoever has the token may join once, until it expires: hand it over as you would a"
                        + " password. On the new machine: rowhouse up --join TOKEN."
            })
    static final class Create extends Command.WithJson {
        @Option(
                names = "--ttl",
                paramLabel = "TIME",
                description = "How long it may be used, as in 30m or 1h (default: 1h).")
        @Nullable String ttl;

        Create(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Makes a token by which one new node may join, and shows it this once.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                Map<String, Object> request = new HashMap<>();
                OperationCommands.putIfGiven(request, "ttl", ttl);
                JsonNode created = node.post("/tokens", request);
                if (json) {
                    printJson(created);
                } else {
                    shell.out().println(Text.of(created, "token"));
                    shell.say("Good once, until " + Text.of(created, "expires_at") + ".");
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse certificates}. */
    @CommandLine.Command
    static final class Certificates extends Command.WithJson {
        Certificates(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the certificates of the cluster's nodes.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode certificates = node.get("/certificates");
                if (json) {
                    printJson(certificates);
                } else if (certificates.isEmpty()) {
                    shell.out()
                            .println(
                                    "No certificates: this node answers its own machine only."
                                            + " `rowhouse up --listen ADDRESS:PORT` opens it.");
                } else {
                    print(table(certificates));
                }
                return 0;
            }
        }

        private Table table(JsonNode certificates) {
            Table table = new Table("NODE", "STATE", "UNTIL", "ADDRESSES", "SERIAL", "FINGERPRINT");
            for (JsonNode one : certificates) {
                boolean good = Text.of(one, "state").equals("good");
                table.add(
                        List.of(
                                Text.of(one, "node"),
                                Text.of(one, "state"),
                                Text.of(one, "not_after"),
                                one.path("addresses")
                                        .valueStream()
                                        .map(address -> address.asString(""))
                                        .collect(Collectors.joining(" ")),
                                Text.of(one, "serial"),
                                Text.of(one, "fingerprint")),
                        good ? line -> line : style::yellow);
            }
            return table;
        }

        @Override
        Map<String, Command> below() {
            return Map.of("list", new Certificates(shell), "revoke", new Revoke(shell));
        }
    }

    /** {@code rowhouse certificates revoke NODE}. */
    @CommandLine.Command(
            footer = {
                "",
                "Neither database nor API takes the node any more, and its connections end; its"
                        + " tasks go on elsewhere when its lease has run out."
            })
    static final class Revoke extends Command {
        @Parameters(
                index = "0",
                paramLabel = "NODE",
                description = "The node's name, or one certificate's serial number.")
        String which = "";

        Revoke(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Shuts a node out of the cluster.";
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode answer = node.post("/certificates/revoke", Map.of("which", which));
                long revoked = answer.path("revoked").asLong();
                shell.out()
                        .println(
                                "Shut out: "
                                        + Text.count(revoked)
                                        + (revoked == 1
                                                ? " certificate is revoked."
                                                : " certificates are revoked."));
                return 0;
            }
        }
    }
}
