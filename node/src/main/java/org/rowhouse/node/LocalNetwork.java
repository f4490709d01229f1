package org.rowhouse.node;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Doors of nodes as others of the same local network see them, by multicast DNS (RFC 6762) and its
 * service discovery (RFC 6763). What is announced says only where to try: who comes still has to
 * show a token, and a node its certificate.
 */
public final class LocalNetwork {
    private static final System.Logger LOG = System.getLogger(LocalNetwork.class.getName());

    /** Services of a network that are looked at: others are passed over. */
    private static final int FOUND_MAX = 1_000;

    /** Interfaces that are asked at. */
    private static final int INTERFACES_MAX = 8;

    private static final String NODE = "node";

    private LocalNetwork() {}

    /** Kinds of doors, by the types of service they are announced as. */
    public enum Kind {
        /** The wire protocol, by TCP and UDP; by TLS and UDP. */
        DEVICES("_rowhouse._tcp.local.", "_rowhouse._tcp.local."),
        /** MQTT; by TLS. */
        MQTT("_mqtt._tcp.local.", "_secure-mqtt._tcp.local.");

        private final String plain;
        private final String tls;

        Kind(String plain, String tls) {
            this.plain = plain;
            this.tls = tls;
        }
    }

    /**
     * A door that somebody announces.
     *
     * @param node as it calls itself
     * @param host its address
     */
    public record Found(String node, Kind kind, String host, int port, boolean tls) {}

    /** What is announced, until it is closed. */
    static final class Announcement implements AutoCloseable {
        private final JmDNS network;

        private Announcement(JmDNS network) {
            this.network = network;
        }

        @Override
        public void close() {
            end(network);
        }
    }

    /**
     * Announces doors, by their ports.
     *
     * @param at the address where the doors are open
     * @throws RowhouseException ADDRESS_UNAVAILABLE if nothing can be sent to its network
     */
    static Announcement announce(
            InetAddress at, String node, boolean tls, Map<Kind, Integer> ports) {
        JmDNS network = null;
        try {
            network = JmDNS.create(at, node);
            for (Map.Entry<Kind, Integer> door : ports.entrySet()) {
                Kind kind = door.getKey();
                network.registerService(
                        ServiceInfo.create(
                                tls ? kind.tls : kind.plain,
                                node,
                                door.getValue(),
                                0,
                                0,
                                Map.of(NODE, node, "tls", tls ? "yes" : "no")));
            }
            return new Announcement(network);
        } catch (IOException e) {
            if (network != null) {
                end(network);
            }
            throw new RowhouseException(
                    ErrorCode.ADDRESS_UNAVAILABLE,
                    "The doors cannot be announced at the network of "
                            + at.getHostAddress()
                            + ": "
                            + e.getMessage()
                            + ".",
                    e);
        }
    }

    /**
     * Looks around in all networks of this machine, for so long.
     *
     * @return by node, kind and address; what was found is not to be trusted
     * @throws RowhouseException ADDRESS_UNAVAILABLE if no network can be asked
     */
    public static List<Found> find(Duration time) throws InterruptedException {
        Listener found = new Listener();
        List<JmDNS> networks = new ArrayList<>();
        try {
            for (InetAddress at : addresses()) {
                JmDNS network = JmDNS.create(at);
                networks.add(network);
                for (String type : types().keySet()) {
                    network.addServiceListener(type, found);
                }
            }
            if (networks.isEmpty()) {
                throw new RowhouseException(
                        ErrorCode.ADDRESS_UNAVAILABLE,
                        "This machine has no network interface with an IPv4 address.");
            }
            new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
            return List.copyOf(found.all);
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.ADDRESS_UNAVAILABLE,
                    "The local network cannot be asked: " + e.getMessage() + ".",
                    e);
        } finally {
            networks.stream()
                    .map(network -> Thread.startVirtualThread(() -> end(network)))
                    .toList()
                    .forEach(LocalNetwork::join);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One address of each interface that is up. */
    private static List<InetAddress> addresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .filter(LocalNetwork::isUp)
                .flatMap(one -> one.inetAddresses().filter(Inet4Address.class::isInstance).limit(1))
                .limit(INTERFACES_MAX)
                .toList();
    }

    private static boolean isUp(NetworkInterface one) {
        try {
            return one.isUp();
        } catch (IOException e) {
            return false; // it is just going away
        }
    }

    private static Map<String, Kind> types() {
        Map<String, Kind> types = new HashMap<>();
        for (Kind kind : Kind.values()) {
            types.put(kind.plain, kind);
            types.put(kind.tls, kind);
        }
        return types;
    }

    private static void end(JmDNS network) {
        try {
            network.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "an announcement did not end well", e);
        }
    }

    /** Collects what is announced. */
    private static final class Listener implements ServiceListener {
        private final ConcurrentSkipListSet<Found> all =
                new ConcurrentSkipListSet<>(
                        Comparator.comparing(Found::node)
                                .thenComparing(Found::kind)
                                .thenComparing(Found::host)
                                .thenComparingInt(Found::port));

        @Override
        public void serviceAdded(ServiceEvent event) {
            event.getDNS().requestServiceInfo(event.getType(), event.getName(), 1);
        }

        @Override
        public void serviceRemoved(ServiceEvent event) {
            // What was there a moment ago may be tried.
        }

        @Override
        public void serviceResolved(ServiceEvent event) {
            ServiceInfo info = event.getInfo();
            Kind kind = types().get(event.getType());
            String node = info.getPropertyString(NODE);
            if (kind == null || node == null) {
                return; // an MQTT broker of somebody else
            }
            boolean tls = "yes".equals(info.getPropertyString("tls"));
            for (Inet4Address at : info.getInet4Addresses()) {
                if (all.size() < FOUND_MAX) {
                    all.add(new Found(node, kind, at.getHostAddress(), info.getPort(), tls));
                }
            }
        }
    }
}
