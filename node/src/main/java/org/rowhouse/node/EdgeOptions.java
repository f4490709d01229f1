package org.rowhouse.node;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What a node does at the edge: nothing unless it is told to.
 *
 * @param mqtt the port for devices that speak MQTT; null for none, 0 for any free one
 * @param devices the port for devices and edge nodes that speak the wire protocol; null for none
 * @param uplink the other cluster's node that topics are forwarded to, unresolved; null for none
 * @param forwarded the topics
 * @param mdns whether the doors are announced at the local network
 */
public record EdgeOptions(
        @Nullable Integer mqtt,
        @Nullable Integer devices,
        @Nullable InetSocketAddress uplink,
        List<String> forwarded,
        boolean mdns) {
    /** Nothing. */
    public static final EdgeOptions NOTHING = new EdgeOptions(null, null, null, List.of());

    private static final String MQTT = "--mqtt";
    private static final String DEVICES = "--devices";
    private static final String UPLINK = "--uplink";
    private static final String FORWARD = "--forward";
    private static final String MDNS = "--mdns";
    private static final String ON = "on";
    private static final int PORT_MAX = 65_535;

    /** The options that are read here. */
    static final List<String> OPTIONS = List.of(MQTT, DEVICES, UPLINK, FORWARD, MDNS);

    public EdgeOptions {
        forwarded = List.copyOf(forwarded);
    }

    /** Doors that are not announced. */
    public EdgeOptions(
            @Nullable Integer mqtt,
            @Nullable Integer devices,
            @Nullable InetSocketAddress uplink,
            List<String> forwarded) {
        this(mqtt, devices, uplink, forwarded, false);
    }

    /**
     * The same with one more option.
     *
     * @throws RowhouseException INVALID_ARGUMENT for a value that cannot be
     */
    EdgeOptions with(String option, String value) {
        return switch (option) {
            case MQTT -> new EdgeOptions(port(option, value), devices, uplink, forwarded, mdns);
            case DEVICES -> new EdgeOptions(mqtt, port(option, value), uplink, forwarded, mdns);
            case UPLINK -> new EdgeOptions(mqtt, devices, address(value), forwarded, mdns);
            case FORWARD -> new EdgeOptions(mqtt, devices, uplink, topics(value), mdns);
            case MDNS -> new EdgeOptions(mqtt, devices, uplink, forwarded, isOn(option, value));
            default -> throw new IllegalArgumentException(option);
        };
    }

    /** What is wrong if the options do not go together; null if they do. */
    void check() {
        if ((uplink == null) != forwarded.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The options --uplink and --forward go together: where to, and which topics.");
        }
        if (mdns && mqtt == null && devices == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The option --mdns announces doors for devices: open one by --devices or"
                            + " --mqtt.");
        }
    }

    /** The words of a command line that say the same. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        if (mqtt != null) {
            words.addAll(List.of(MQTT, mqtt.toString()));
        }
        if (devices != null) {
            words.addAll(List.of(DEVICES, devices.toString()));
        }
        if (uplink != null) {
            words.addAll(List.of(UPLINK, uplink.getHostString() + ":" + uplink.getPort()));
            words.addAll(List.of(FORWARD, String.join(",", forwarded)));
        }
        if (mdns) {
            words.addAll(List.of(MDNS, ON));
        }
        return words;
    }

    private static int port(String option, String value) {
        if (!value.matches("[0-9]{1,5}") || Integer.parseInt(value) > PORT_MAX) {
            throw invalid(option, "a port from 0 to 65535", value);
        }
        return Integer.parseInt(value);
    }

    private static boolean isOn(String option, String value) {
        if (!value.equals(ON) && !value.equals("off")) {
            throw invalid(option, "on or off", value);
        }
        return value.equals(ON);
    }

    private static InetSocketAddress address(String value) {
        int colon = value.lastIndexOf(':');
        if (colon < 1) {
            throw invalid(UPLINK, "HOST:PORT", value);
        }
        return InetSocketAddress.createUnresolved(
                value.substring(0, colon).replaceAll("^\\[|]$", ""),
                port(UPLINK, value.substring(colon + 1)));
    }

    private static List<String> topics(String value) {
        return Arrays.stream(value.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static RowhouseException invalid(String option, String form, String value) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The option " + option + " must be " + form + ", but is '" + value + "'.");
    }
}
