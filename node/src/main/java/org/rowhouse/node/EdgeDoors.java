package org.rowhouse.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.calls.ConnectedDevices.Door;
import org.rowhouse.calls.ConnectedDevices.Place;
import org.rowhouse.mqtt.Gatekeeper;
import org.rowhouse.mqtt.MqttDoor;
import org.rowhouse.mqtt.SessionRows;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.Credentials;
import org.rowhouse.wire.Gate;
import org.rowhouse.wire.Listener;
import org.rowhouse.wire.Service;
import org.rowhouse.wire.Wire;
import org.rowhouse.wire.discovery.Directory;

/**
 * A node's part at the edge, as far as it was told to have one: the doors for devices, and the
 * uplink to another cluster. Doors are open at loopback, or by TLS where the node listens to other
 * machines.
 */
public final class EdgeDoors implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EdgeDoors.class.getName());

    /** The files of a home for its uplink: name and token there, and whom to trust. */
    private static final String UPLINK_TOKEN = "uplink.token";

    private static final String UPLINK_AUTHORITY = "uplink.pem";
    private static final String LOOPBACK = "127.0.0.1";

    private final Rowhouse rowhouse;
    private final DeviceKeys keys;
    private final @Nullable MqttDoor mqtt;
    private final @Nullable Listener devices;
    private @Nullable Listener datagrams;
    private final @Nullable Uplink uplink;
    private final Directory directory;
    private final List<AutoCloseable> parts = new ArrayList<>();

    private EdgeDoors(Rowhouse rowhouse, EdgeOptions options) {
        this.rowhouse = rowhouse;
        this.keys = new DeviceKeys(rowhouse.accounts().devices(), rowhouse.accounts().audit());
        boolean open = false;
        try {
            String host = rowhouse.trust().listen();
            SSLContext tls = host == null ? null : rowhouse.trust().serverContext();
            String at = host == null || tls == null ? LOOPBACK : host;
            directory = keep(new Directory());
            Integer mqttPort = options.mqtt();
            mqtt = mqttPort == null ? null : keep(openMqtt(resolved(at, mqttPort), tls));
            Integer port = options.devices();
            devices = port == null ? null : openDevices(resolved(at, port), tls);
            if (mqtt != null || devices != null) {
                Neighbours neighbours =
                        keep(
                                new Neighbours(
                                        directory,
                                        this::nodesUp,
                                        rowhouse.calls().devices(),
                                        this::connected));
                keep(rowhouse.tasks().onSignal("connected", neighbours::signal));
            }
            if (options.mdns()) {
                keep(announce(at, tls != null));
            }
            InetSocketAddress to = options.uplink();
            uplink = to == null ? null : keep(openUplink(to, options.forwarded()));
            keep(keys).follow(this::hangUp);
            keep(rowhouse.tasks().onSignal("devices", keys::signal));
            open = true;
        } finally {
            if (!open) {
                close();
            }
        }
    }

    /**
     * Opens what the options ask for.
     *
     * @throws RowhouseException ADDRESS_UNAVAILABLE, INVALID_ARGUMENT, NOT_FOUND, HOME_UNUSABLE
     */
    public static EdgeDoors open(Rowhouse rowhouse, EdgeOptions options) {
        options.check();
        EdgeDoors doors = new EdgeDoors(rowhouse, options);
        if (doors.mqtt != null) {
            LOG.log(System.Logger.Level.INFO, "MQTT at {0}", doors.mqtt.address());
        }
        if (doors.devices != null) {
            LOG.log(System.Logger.Level.INFO, "devices at {0}", doors.devices.address());
        }
        return doors;
    }

    /** Where devices connect by MQTT; null if they cannot. */
    public @Nullable InetSocketAddress mqttAddress() {
        return mqtt == null ? null : mqtt.address();
    }

    /** Where devices and edge nodes connect, by TCP and UDP; null if they cannot. */
    public @Nullable InetSocketAddress devicesAddress() {
        return devices == null ? null : devices.address();
    }

    /** The connection of a device, by which it can be asked; null if it is not there. */
    public @Nullable Connection device(String name) {
        return Stream.of(Optional.ofNullable(devices), Optional.ofNullable(datagrams))
                .flatMap(Optional::stream)
                .flatMap(listener -> listener.connections().stream())
                .filter(one -> one.isOpen() && one.peer().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Whether the doors know a device's token by now. */
    boolean knows(String device) {
        return keys.key(device) != null && keys.refusal(device) == null;
    }

    /** Why nothing gets to the other cluster at the moment; null if all is well. */
    public @Nullable String uplinkTrouble() {
        return uplink == null ? null : uplink.trouble();
    }

    private MqttDoor openMqtt(InetSocketAddress at, @Nullable SSLContext tls) {
        String node = rowhouse.trust().node();
        MqttDoor door =
                MqttDoor.open(
                        at,
                        tls,
                        new KernelTopics(rowhouse.messages(), node),
                        keep(
                                new SessionRows(
                                        purpose ->
                                                rowhouse.database()
                                                        .connect(
                                                                purpose,
                                                                SessionRows.PATIENCE,
                                                                SessionRows.SILENCE),
                                        node)),
                        this::admit);
        keep(rowhouse.tasks().onSignal("mqtt", door::signal));
        return door;
    }

    /** Ends all connections of a device. */
    private void hangUp(String name) {
        if (mqtt != null) {
            mqtt.hangUp(name);
        }
        Stream.of(Optional.ofNullable(devices), Optional.ofNullable(datagrams))
                .flatMap(Optional::stream)
                .flatMap(listener -> listener.connections().stream())
                .filter(one -> one.peer().equals(name))
                .forEach(Connection::close);
    }

    private Gatekeeper.@Nullable Guest admit(String user, byte[] password, String address) {
        if (keys.isOf(user, password)) {
            String why = keys.refusal(user);
            if (why != null) {
                keys.noteRefused("MQTT", user, address, why);
                throw new RowhouseException(ErrorCode.FORBIDDEN, why);
            }
            return new Gatekeeper.Guest(user, true);
        }
        try {
            var opened =
                    rowhouse.accounts()
                            .sessions()
                            .login(user, new String(password, StandardCharsets.UTF_8), address);
            return new Gatekeeper.Guest(opened.name(), opened.role().atLeast(Role.OPERATOR));
        } catch (RowhouseException e) {
            if (e.code() == ErrorCode.UNAUTHORIZED || e.code() == ErrorCode.OVERLOADED) {
                return null;
            }
            throw e;
        }
    }

    private Listener openDevices(InetSocketAddress at, @Nullable SSLContext tls) {
        NodeServices services = new NodeServices();
        services.add(new PublishService(rowhouse.messages()));
        services.add(directory);
        services.add(rowhouse.calls());
        services.add(rowhouse.memory().service());
        Listener streams =
                keep(
                        Wire.listen(
                                at,
                                gate("the wire protocol", false),
                                tls,
                                rowhouse.trust().node(),
                                services));
        datagrams =
                keep(
                        Wire.listenDatagrams(
                                new InetSocketAddress(
                                        at.getAddress(), addressOf(streams).getPort()),
                                gate("UDP", true),
                                rowhouse.trust().node(),
                                services));
        return streams;
    }

    private Gate gate(String door, boolean sealed) {
        return new DeviceGate(keys, door, name -> nodesUp().contains(name), sealed);
    }

    private static InetSocketAddress addressOf(Listener listener) {
        return Objects.requireNonNull(listener.address());
    }

    private Set<String> nodesUp() {
        Set<String> all = new HashSet<>(rowhouse.calls().nodes());
        all.add(rowhouse.trust().node());
        return all;
    }

    private LocalNetwork.Announcement announce(String at, boolean tls) {
        Map<LocalNetwork.Kind, Integer> ports = new EnumMap<>(LocalNetwork.Kind.class);
        if (devices != null) {
            ports.put(LocalNetwork.Kind.DEVICES, addressOf(devices).getPort());
        }
        if (mqtt != null) {
            ports.put(LocalNetwork.Kind.MQTT, mqtt.address().getPort());
        }
        return LocalNetwork.announce(
                resolved(at, 0).getAddress(), rowhouse.trust().node(), tls, ports);
    }

    /** Who is connected to which door. */
    private Set<Place> connected() {
        Set<Place> all = new HashSet<>();
        addPeers(devices, Door.STREAM, all);
        addPeers(datagrams, Door.DATAGRAM, all);
        if (mqtt != null) {
            mqtt.guests().forEach(name -> all.add(new Place(name, Door.MQTT)));
        }
        return all;
    }

    private static void addPeers(@Nullable Listener listener, Door door, Set<Place> all) {
        if (listener != null) {
            listener.connections().forEach(one -> all.add(new Place(one.peer(), door)));
        }
    }

    private Uplink openUplink(InetSocketAddress to, List<String> topics) {
        Credentials credentials = uplinkCredentials();
        SSLContext tls = authority(rowhouse.home().path().resolve(UPLINK_AUTHORITY));
        Service nothing = (_, _) -> null;
        return new Uplink(
                rowhouse.messages(),
                topics,
                () ->
                        Wire.connect(
                                new InetSocketAddress(to.getHostString(), to.getPort()),
                                credentials,
                                tls,
                                nothing));
    }

    /** A line of name and token, as {@code rowhouse devices token} prints it there. */
    private Credentials uplinkCredentials() {
        Path file = rowhouse.home().path().resolve(UPLINK_TOKEN);
        try {
            String[] words = Files.readString(file).strip().split("\\s+");
            if (words.length == 2) {
                return new Credentials(words[0], words[1]);
            }
        } catch (IOException e) {
            // said below
        }
        throw new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The file "
                        + file
                        + " must hold this node's name and token at the other cluster: `rowhouse"
                        + " devices token NAME` prints them there.");
    }

    private static @Nullable SSLContext authority(Path file) {
        try (var in = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            int count = 0;
            for (Certificate one :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("authority " + count++, one);
            }
            var managers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (NoSuchFileException e) {
            return null; // plain TCP, which is for loopback only
        } catch (IOException | GeneralSecurityException e) {
            throw new RowhouseException(
                    ErrorCode.HOME_UNUSABLE,
                    "The file " + file + " holds no certificates: " + e.getMessage() + ".",
                    e);
        }
    }

    private static InetSocketAddress resolved(String host, int port) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        return address.isUnresolved()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port)
                : address;
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.add(part);
        return Objects.requireNonNull(part);
    }

    /** Closes the doors; devices that are connected are told. */
    @Override
    public void close() {
        for (AutoCloseable part : parts.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(System.Logger.Level.WARNING, "a door did not close well", e);
            }
        }
    }
}
