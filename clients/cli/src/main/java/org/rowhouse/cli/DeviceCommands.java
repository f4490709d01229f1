package org.rowhouse.cli;

import java.util.Map;
import org.rowhouse.node.DeviceKeys;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** Commands for devices and edge nodes. */
final class DeviceCommands {
    private DeviceCommands() {}

    /** {@code rowhouse devices}: see below. */
    @CommandLine.Command
    static final class Devices extends Command {
        Devices(Shell shell) {
            super(shell);
        }

        @Override
        Map<String, Command> below() {
            return Map.of("token", new MakeToken(shell));
        }

        @Override
        public Integer call() {
            shell.say("rowhouse: which of its commands? `rowhouse devices --help` lists them.");
            return org.rowhouse.api.ErrorCode.INVALID_ARGUMENT.exitCode();
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
