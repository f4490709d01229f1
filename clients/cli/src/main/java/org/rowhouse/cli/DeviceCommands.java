package org.rowhouse.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.node.DeviceKeys;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

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
            return Map.of("list", new Devices(shell), "token", new MakeToken(shell));
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
