package org.rowhouse.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which a node serves devices, or another cluster from the edge. */
final class EdgeFlags {
    @Option(
            names = "--mqtt",
            paramLabel = "PORT",
            description =
                    "Lets devices connect by MQTT 3.1.1 and 5 (default: not). Like the next one at"
                            + " loopback, or by TLS at the host of --listen.")
    @Nullable String mqtt;

    @Option(
            names = "--devices",
            paramLabel = "PORT",
            description =
                    "Lets devices and edge nodes connect by the wire protocol (default: not).")
    @Nullable String devices;

    @Option(
            names = "--uplink",
            paramLabel = "HOST:PORT",
            description =
                    "Forwards topics to another cluster, whose node opened --devices there. Name"
                            + " and token lie in uplink.token in the home.")
    @Nullable String uplink;

    @Option(
            names = "--forward",
            paramLabel = "TOPIC,...",
            description = "The topics that --uplink forwards.")
    @Nullable String forward;

    @Option(
            names = "--mdns",
            description = "Announces these doors at the local network, by multicast DNS.")
    boolean mdns;

    /** As a node reads them. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        add(words, "--mqtt", mqtt);
        add(words, "--devices", devices);
        add(words, "--uplink", uplink);
        add(words, "--forward", forward);
        add(words, "--mdns", mdns ? "on" : null);
        return words;
    }

    private static void add(List<String> words, String option, @Nullable String value) {
        if (value != null) {
            words.addAll(List.of(option, value));
        }
    }
}
