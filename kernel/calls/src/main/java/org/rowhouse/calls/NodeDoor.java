package org.rowhouse.calls;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Wire;

/**
 * Where a node takes connections of other nodes, and how it makes its own. Between nodes of one
 * machine: shared memory if they belong to the same user, else loopback, proven by a key that is
 * new in each life. Between machines: TLS with certificates of the cluster.
 *
 * <p>Safe for use by many threads.
 */
public final class NodeDoor implements ComponentCalls.Dialer, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NodeDoor.class.getName());
    private static final int TOKEN_BYTES = 32;

    private final Setting setting;
    private final String token;
    private final Service service;
    private final List<Listener> listeners = new ArrayList<>();
    private final Address address;

    /**
     * What a door is made of.
     *
     * @param node this node's name
     * @param machine its machine
     * @param rings folder in the node's home for shared memory
     * @param tls for other machines, both ends; null if the node has no certificate
     * @param listen the host at which other machines may connect; null for none
     * @param port the port there; 0 for any free one
     * @param shownAs the common name of a node's certificate
     * @param keys by which nodes of this machine prove who they are; null for an unknown one
     * @param nodes names of the nodes that are up
     */
    public record Setting(
            String node,
            String machine,
            Path rings,
            @Nullable SSLContext tls,
            @Nullable String listen,
            int port,
            UnaryOperator<String> shownAs,
            Function<String, byte @Nullable []> keys,
            Supplier<Set<String>> nodes) {}

    /**
     * Opens the door.
     *
     * @param service what others may ask
     * @throws RowhouseException ADDRESS_UNAVAILABLE
     */
    public NodeDoor(Setting setting, Service service) {
        this.setting = setting;
        this.service = service;
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        this.token = HexFormat.of().formatHex(random);
        boolean open = false;
        try {
            Listener near =
                    keep(
                            Wire.listen(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                    new Near(),
                                    null,
                                    setting.node,
                                    service));
            Listener far = setting.listen == null ? null : far(setting.listen);
            this.address =
                    new Address(
                            setting.machine,
                            text(null, near),
                            far == null ? null : text(setting.listen, far),
                            listensToRings() ? setting.rings.toAbsolutePath().toString() : null);
            open = true;
        } finally {
            if (!open) {
                close();
            }
        }
    }

    /** Where memory cannot be shared, loopback does. */
    private boolean listensToRings() {
        try {
            keep(Wire.listenRings(setting.rings, new SameUser(), setting.node, service));
            return true;
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "nodes of this machine are called over loopback: {0}",
                    e.getMessage());
            return false;
        }
    }

    private @Nullable Listener far(String host) {
        SSLContext tls = setting.tls;
        return tls == null
                ? null
                : keep(
                        Wire.listen(
                                new InetSocketAddress(host, setting.port),
                                new Far(),
                                tls,
                                setting.node,
                                service));
    }

    private Listener keep(Listener listener) {
        listeners.add(listener);
        return listener;
    }

    private static String text(@Nullable String host, Listener listener) {
        InetSocketAddress bound = Objects.requireNonNull(listener.address());
        return (host == null ? bound.getAddress().getHostAddress() : host) + ":" + bound.getPort();
    }

    /** Where others reach it. */
    public Address address() {
        return address;
    }

    /** By which this node proves who it is, for the others of its machine. */
    public byte[] key() {
        return Gate.keyOf(token);
    }

    @Override
    public Connection dial(String node, Address to) {
        boolean near = to.machine().equals(setting.machine);
        Connection shared = near && to.ring() != null ? shared(to.ring()) : null;
        if (shared != null) {
            return shared;
        }
        if (near && to.tcp() != null) {
            return Wire.connect(
                    resolved(to.tcp()), new Credentials(setting.node, token), null, service);
        }
        SSLContext tls = setting.tls;
        if (to.tls() == null || tls == null) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    to.tls() == null
                            ? "it answers its own machine only: start it by `rowhouse up --listen"
                                    + " ADDRESS:PORT`."
                            : "this node has no certificate of the cluster: join it by a token.");
        }
        Connection connection =
                Wire.connect(resolved(to.tls()), Credentials.shown(setting.node), tls, service);
        if (!connection.peer().equals(setting.shownAs.apply(node))) {
            connection.close();
            throw new RowhouseException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "At "
                            + to.tls()
                            + " answers "
                            + connection.peer()
                            + " instead of "
                            + node
                            + ".");
        }
        return connection;
    }

    /** By shared memory; null if that cannot be, as with a node of another user. */
    private @Nullable Connection shared(String folder) {
        try {
            return Wire.connectRings(Path.of(folder), Credentials.shown(setting.node), service);
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "no shared memory with {0}: {1}",
                    folder,
                    e.getMessage());
            return null;
        }
    }

    private static InetSocketAddress resolved(String address) {
        int colon = address.lastIndexOf(':');
        return new InetSocketAddress(
                address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }

    /** Over loopback: by the key in the node's row. */
    private final class Near implements Gate {
        @Override
        public byte @Nullable [] key(String name) {
            return setting.keys.apply(name);
        }

        @Override
        public @Nullable String admit(String shown, String name) {
            return null; // nothing is shown over plain TCP
        }
    }

    /**
     * Over shared memory: processes of the same user, which could read each other's homes anyhow.
     */
    private final class SameUser implements Gate {
        @Override
        public byte @Nullable [] key(String name) {
            return null;
        }

        @Override
        public @Nullable String admit(String shown, String name) {
            return isUp(name) ? name : null;
        }
    }

    private boolean isUp(String node) {
        return setting.nodes.get().contains(node) || setting.keys.apply(node) != null;
    }

    /** From other machines: by the certificate of a node that is up. */
    private final class Far implements Gate {
        @Override
        public byte @Nullable [] key(String name) {
            return null;
        }

        @Override
        public @Nullable String admit(String shown, String name) {
            return setting.shownAs.apply(name).equals(shown) && isUp(name) ? name : null;
        }
    }

    /** Takes no more connections, and closes those there are. */
    @Override
    public void close() {
        listeners.forEach(Listener::close);
    }
}
