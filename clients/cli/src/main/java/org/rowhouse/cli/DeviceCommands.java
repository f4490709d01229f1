package org.rowhouse.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.DeviceKeys;
import org.rowhouse.node.LocalNetwork;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Commands for devices and edge nodes. */
final class DeviceCommands {
    private DeviceCommands() {}

    private static void show(Command.WithJson command, JsonNode devices) {
        if (command.json) {
            command.printJson(devices);
            return;
        }
        Table table = new Table("NAME", "NODE", "DOOR", "ADDRESS", "SINCE", "OFFERS");
        Instant now = Instant.now();
        for (JsonNode one : devices) {
            List<String> offers = new ArrayList<>();
            one.path("offers").forEach(offer -> offers.add(offer.asString()));
            table.add(
                    List.of(
                            Text.of(one, "name"),
                            Text.of(one, "node"),
                            Text.of(one, "door"),
                            Text.of(one, "address"),
                            Text.ago(Text.of(one, "since"), now),
                            String.join(", ", offers)),
                    line -> line);
        }
        command.print(table);
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
            return "Lists the devices and edge nodes that are connected to nodes of the cluster.";
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new Devices(shell),
                    "nearby", new Nearby(shell),
                    "token", new MakeToken(shell));
        }

        @Override
        public Integer call() {
            Map<String, @Nullable Object> query = new LinkedHashMap<>();
            query.put("limit", limit);
            query.put("after", after);
            try (NodeClient node = node()) {
                show(this, node.get(NodeClient.path("/devices", query)));
                return 0;
            }
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
            description = "Prints name and token by which a device or an edge node connects.",
            footer = {
                "",
                "By MQTT they are user and password. For an edge node put the line into the file"
                        + " uplink.token of its home. The token is made from the name and a secret"
                        + " of the home, devices.token: delete that file and start the node again"
                        + " to shut all devices out."
            })
    static final class MakeToken extends Command {
        @Parameters(index = "0", paramLabel = "NAME", description = "What the device is called.")
        String name = "";

        MakeToken(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Home home = home().create();
            shell.out().println(name + " " + DeviceKeys.of(home).token(name));
            return 0;
        }
    }
}
