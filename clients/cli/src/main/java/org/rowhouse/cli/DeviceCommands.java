package org.rowhouse.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.LocalNetwork;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Commands for devices and edge nodes. */
final class DeviceCommands {
    private DeviceCommands() {}

    private static String path(String name) {
        return "/devices/" + NodeClient.encode(name);
    }

    /** {@code rowhouse devices}. */
    @CommandLine.Command
    static final class Devices extends Command.WithJson {
        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many, 1 to 1000 (default: ${DEFAULT-VALUE}).")
        int limit = 50;

        @Option(
                names = "--after",
                paramLabel = "NAME",
                description = "Only names that come after this one.")
        @Nullable String after;

        Devices(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the devices and edge nodes: their tokens, and where they are connected.";
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new Devices(shell),
                    "nearby", new Nearby(shell),
                    "token", new MakeToken(shell),
                    "revoke", new Revoke(shell));
        }

        @Override
        public Integer call() {
            Map<String, @Nullable Object> query = new LinkedHashMap<>();
            query.put("limit", limit);
            query.put("after", after);
            try (NodeClient node = node()) {
                JsonNode devices = node.get(NodeClient.path("/devices", query));
                if (json) {
                    printJson(devices);
                } else if (devices.isEmpty()) {
                    shell.out().println("No devices: `rowhouse devices token NAME` lets one in.");
                } else {
                    print(table(devices));
                }
                return 0;
            }
        }

        private Table table(JsonNode devices) {
            Table table = new Table("DEVICE", "TOKEN", "CONNECTED", "SINCE", "OFFERS");
            Instant now = Instant.now();
            for (JsonNode one : devices) {
                List<String> places = new ArrayList<>();
                Set<String> offers = new LinkedHashSet<>();
                for (JsonNode each : one.path("connections")) {
                    places.add(Text.of(each, "node") + " (" + Text.of(each, "door") + ")");
                    each.path("offers")
                            .forEach(offer -> offers.add(Text.printable(offer.asString())));
                }
                table.add(
                        List.of(
                                Text.of(one, "name"),
                                token(one, now),
                                String.join(", ", places),
                                Text.ago(Text.of(one.path("connections").path(0), "since"), now),
                                String.join(", ", offers)),
                        Text.of(one, "state").equals("revoked") ? style::yellow : line -> line);
            }
            return table;
        }

        private static String token(JsonNode one, Instant now) {
            return switch (Text.of(one, "state")) {
                case "good" -> "made " + Text.ago(Text.of(one, "issued_at"), now);
                case "revoked" -> "revoked " + Text.ago(Text.of(one, "revoked_at"), now);
                default -> "none: an account";
            };
        }
    }

    /** {@code rowhouse devices nearby}. */
    @CommandLine.Command(
            description = "Looks for doors that nodes announce at the local network.",
            footer = {
                "",
                "Nodes do so if they were started with --mdns. An announcement proves nothing: who"
                        + " connects still shows a token, and a node its certificate."
            })
    static final class Nearby extends Command.WithJson {
        private static final int SECONDS_MAX = 60;

        @Option(
                names = "--seconds",
                paramLabel = "N",
                description = "How long to look, 1 to 60 (default: ${DEFAULT-VALUE}).")
        int seconds = 3;

        Nearby(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() throws InterruptedException {
            if (seconds < 1 || seconds > SECONDS_MAX) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "The option --seconds must be 1 to 60, but is " + seconds + ".");
            }
            List<LocalNetwork.Found> found = LocalNetwork.find(Duration.ofSeconds(seconds));
            if (json) {
                ArrayNode all = JsonNodeFactory.instance.arrayNode();
                found.forEach(one ->
                        all.addObject()
                                .put("node", one.node())
                                .put("door", one.kind().name().toLowerCase(Locale.ROOT))
                                .put("address", one.host() + ":" + one.port())
                                .put("tls", one.tls()));
                printJson(all);
                return 0;
            }
            Table table = new Table("NODE", "DOOR", "ADDRESS", "TLS");
            for (LocalNetwork.Found one : found) {
                table.add(
                        List.of(
                                Text.printable(one.node()),
                                one.kind().name().toLowerCase(Locale.ROOT),
                                one.host() + ":" + one.port(),
                                one.tls() ? "yes" : "no"),
                        line -> line);
            }
            print(table);
            return 0;
        }
    }

    /** {@code rowhouse devices token NAME}. */
    @CommandLine.Command(
            description =
                    "Makes the token by which a device or an edge node connects, and prints both"
                            + " this once.",
            footer = {
                "",
                "By MQTT they are user and password. For an edge node put the line into the file"
                        + " uplink.token of its home. The token is good at every node of the"
                        + " cluster, until it is revoked."
            })
    static final class MakeToken extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "What the device is called.")
        String name = "";

        MakeToken(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode made = node.post(path(name) + "/token", null);
                if (json) {
                    printJson(made);
                } else {
                    shell.out().println(name + " " + Text.of(made, "token"));
                }
                return 0;
            }
        }
    }

    /** {@code rowhouse devices revoke NAME}. */
    @CommandLine.Command(
            description = "Refuses a device's token from now on.",
            footer = {
                "",
                "Its connections end at once at every node; one that was just beginning within 15"
                        + " s. `rowhouse devices token` gives it a new one."
            })
    static final class Revoke extends Command.WithJson {
        @Parameters(index = "0", paramLabel = "NAME", description = "The device.")
        String name = "";

        Revoke(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode revoked = node.delete(path(name));
                if (json) {
                    printJson(revoked);
                } else {
                    shell.out().println("The token of " + Text.printable(name) + " is revoked.");
                }
                return 0;
            }
        }
    }
}
