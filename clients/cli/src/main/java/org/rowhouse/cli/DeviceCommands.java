package org.rowhouse.cli;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Commands for devices and edge nodes. */
final class DeviceCommands {
    private DeviceCommands() {}

    private static String path(String name) {
        return "/devices/" + NodeClient.encode(name);
    }

    /** {@code rowhouse devices}: lists them. */
    @CommandLine.Command
    static final class Devices extends Command.WithJson {
        Devices(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Lists the devices and edge nodes that have or had a token.";
        }

        @Override
        Map<String, Command> below() {
            return Map.of(
                    "list", new Devices(shell),
                    "token", new MakeToken(shell),
                    "revoke", new Revoke(shell));
        }

        @Override
        public Integer call() {
            try (NodeClient node = node()) {
                JsonNode devices = node.get("/devices");
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
            Table table = new Table("DEVICE", "STATE", "MADE", "BY", "REVOKED", "BY");
            Instant now = Instant.now();
            for (JsonNode one : devices) {
                boolean good = Text.of(one, "state").equals("good");
                table.add(
                        List.of(
                                Text.of(one, "name"),
                                Text.of(one, "state"),
                                Text.ago(Text.of(one, "issued_at"), now),
                                Text.of(one, "issued_by"),
                                good ? "" : Text.ago(Text.of(one, "revoked_at"), now),
                                Text.of(one, "revoked_by")),
                        good ? line -> line : style::yellow);
            }
            return table;
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
