package org.rowhouse.mqtt;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectPayload;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttIdentifierRejectedException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubAckPayload;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttUnacceptableProtocolVersionException;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What a client asks for once or seldom: to come in, to subscribe. What may block runs on virtual
 * threads; meanwhile the connection is not read. One for all connections.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // a write that fails closes the channel, which says it
final class Arrival {
    private static final System.Logger LOG = System.getLogger(Arrival.class.getName());
    private static final int RECEIVE_MAX_DEFAULT = 65_535;
    private static final int FOREVER = -1;

    private static final int FILTER_INVALID = 0x8F;
    private static final int FAILURE = 0x80;
    private static final int NOT_FOUND = 0x11;

    private final Hub hub;
    private final Gatekeeper gatekeeper;
    private final Semaphore admitting = new Semaphore(MqttBounds.ADMITTING_MAX);

    Arrival(Hub hub, Gatekeeper gatekeeper) {
        this.hub = hub;
        this.gatekeeper = gatekeeper;
    }

    static long lifeNs(long seconds) {
        return TimeUnit.SECONDS.toNanos(Math.min(seconds, MqttBounds.SESSION_LIFE_MAX.toSeconds()));
    }

    /** Answers a first packet that cannot be read, where there is an answer for it. */
    void refuseMalformed(ChannelHandlerContext to, MqttMessage packet, int version) {
        if (version != 0) {
            return; // it has connected: hanging up says it
        }
        Throwable cause = packet.decoderResult().cause();
        if (cause instanceof MqttUnacceptableProtocolVersionException) {
            to.writeAndFlush(
                    refusal(
                            MqttConnectReturnCode
                                    .CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION));
        } else if (cause instanceof MqttIdentifierRejectedException) {
            to.writeAndFlush(refusal(MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED));
        }
    }

    private static MqttConnAckMessage refusal(MqttConnectReturnCode code) {
        return MqttMessageBuilders.connAck().returnCode(code).sessionPresent(false).build();
    }

    /** Lets a client in, or not. */
    void admit(DeviceChannel channel, MqttConnectMessage packet) {
        MqttConnectVariableHeader header = packet.variableHeader();
        MqttConnectPayload payload = packet.payload();
        boolean five = channel.isVersion5();
        boolean named = !payload.clientIdentifier().isEmpty();
        if (!named && !five && !header.isCleanSession()) {
            refuse(channel, MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED);
            return;
        }
        if (header.properties().getProperty(MqttProperties.AUTHENTICATION_METHOD) != null) {
            refuse(channel, MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD);
            return;
        }
        if (!admitting.tryAcquire()) {
            refuse(
                    channel,
                    five
                            ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY
                            : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE);
            return;
        }
        String client = named ? payload.clientIdentifier() : "unnamed-" + UUID.randomUUID();
        String user = header.hasUserName() && payload.userName() != null ? payload.userName() : "";
        byte[] password =
                header.hasPassword() && payload.passwordInBytes() != null
                        ? payload.passwordInBytes()
                        : new byte[0];
        Publication will = header.isWillFlag() ? will(client, header, payload) : null;
        long willDelay = header.isWillFlag() ? willDelay(payload) : 0;
        channel.pause();
        Thread.ofVirtual()
                .name("mqtt-admit")
                .start(() -> {
                    boolean clean = header.isCleanSession();
                    Looked looked = look(user, password, channel.address(), client, clean);
                    Connect connect = new Connect(client, named, header, will, willDelay);
                    give(channel, connect, looked);
                });
    }

    /** Answers on the connection's thread; what was taken for it is given up if that has ended. */
    private void give(DeviceChannel channel, Connect connect, Looked looked) {
        boolean handedOver = false;
        try {
            channel.ready()
                    .executor()
                    .execute(() -> {
                        try {
                            channel.goOn();
                            answer(channel, connect, looked);
                        } finally {
                            given(connect, looked);
                        }
                    });
            handedOver = true;
        } finally {
            if (!handedOver) {
                given(connect, looked);
            }
        }
    }

    private void given(Connect connect, Looked looked) {
        if (looked.taken() != null) {
            hub.keeper().given(connect.client());
        }
    }

    private void answer(DeviceChannel channel, Connect connect, Looked looked) {
        boolean five = channel.isVersion5();
        Gatekeeper.Guest guest = looked.guest();
        if (looked.refusal() != null) {
            refuse(channel, notAuthorized(five), looked.refusal());
        } else if (guest == null) {
            refuse(channel, wrongPassword(five));
        } else if (looked.taken() == null) {
            refuse(channel, unavailable(five));
        } else {
            enter(channel, connect, guest, looked.taken());
        }
    }

    /**
     * Who a client is, or why one that is known may not come in.
     *
     * @param taken what there is of its session as a row; null if that cannot be known now
     */
    private record Looked(
            Gatekeeper.@Nullable Guest guest,
            @Nullable String refusal,
            SessionRows.@Nullable Taken taken) {}

    /** What a client asks for. */
    private record Connect(
            String client,
            boolean named,
            MqttConnectVariableHeader header,
            @Nullable Publication will,
            long willDelay) {}

    private static MqttConnectReturnCode unavailable(boolean five) {
        return five
                ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5
                : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
    }

    private static MqttConnectReturnCode notAuthorized(boolean five) {
        return five
                ? MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5
                : MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED;
    }

    private static MqttConnectReturnCode wrongPassword(boolean five) {
        return five
                ? MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USERNAME_OR_PASSWORD
                : MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD;
    }

    private Looked look(
            String user, byte[] password, String address, String client, boolean clean) {
        Gatekeeper.Guest guest = null;
        try {
            guest = admitted(user, password, address);
            return new Looked(
                    guest,
                    null,
                    guest == null ? null : hub.keeper().take(client, guest.name(), clean));
        } catch (RuntimeException e) {
            if (e instanceof RowhouseException known && known.code() == ErrorCode.FORBIDDEN) {
                return new Looked(null, known.getMessage(), null);
            }
            LOG.log(System.Logger.Level.WARNING, "a device could not be looked at", e);
            return new Looked(guest, null, null);
        }
    }

    /** Waits for no database: those that come after must not, either. */
    private Gatekeeper.@Nullable Guest admitted(String user, byte[] password, String address) {
        try {
            return gatekeeper.admit(user, password, address);
        } finally {
            admitting.release();
        }
    }

    private void enter(
            DeviceChannel channel, Connect asked, Gatekeeper.Guest guest, SessionRows.Taken taken) {
        MqttConnectVariableHeader header = asked.header;
        Publication will = asked.will;
        if (!channel.ready().channel().isActive()) {
            return;
        }
        boolean five = channel.isVersion5();
        boolean willAllowed =
                will == null || (guest.mayPublish() && Names.isOpenTopic(will.topic()));
        Hub.Opened opened =
                willAllowed
                        ? hub.open(asked.client, guest.name(), header.isCleanSession(), taken)
                        : null;
        if (opened == null) {
            refuse(
                    channel,
                    willAllowed
                            ? five
                                    ? MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED
                                    : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE
                            : notAuthorized(five));
            return;
        }
        if (opened.displaced() != null) {
            opened.displaced().displace();
        }
        keepAlive(channel, header.keepAliveTimeSeconds());
        long packetBytes =
                number(header.properties(), MqttProperties.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE);
        channel.begin(opened.session(), guest, will, asked.willDelay, packetBytes);
        channel.write(welcome(opened.present(), five, asked.named ? null : asked.client));
        long expiry = number(header.properties(), MqttProperties.SESSION_EXPIRY_INTERVAL, 0);
        long life = five ? expiry : header.isCleanSession() ? 0 : Integer.toUnsignedLong(FOREVER);
        int window =
                (int)
                        number(
                                header.properties(),
                                MqttProperties.RECEIVE_MAXIMUM,
                                RECEIVE_MAX_DEFAULT);
        opened.session().attach(channel, Math.max(1, window), lifeNs(life), guest.name());
    }

    private static void keepAlive(DeviceChannel channel, int seconds) {
        if (seconds > 0) {
            channel.ready()
                    .pipeline()
                    .addFirst(new IdleStateHandler(seconds * 1500L, 0, 0, TimeUnit.MILLISECONDS));
        }
    }

    private static MqttConnAckMessage welcome(
            boolean present, boolean five, @Nullable String assigned) {
        MqttProperties properties = new MqttProperties();
        if (five) {
            properties.add(
                    new MqttProperties.IntegerProperty(
                            MqttProperties.RECEIVE_MAXIMUM, MqttBounds.TAKEN_MAX));
            properties.add(
                    new MqttProperties.IntegerProperty(
                            MqttProperties.MAXIMUM_PACKET_SIZE, MqttBounds.PACKET_BYTES_MAX));
            properties.add(
                    new MqttProperties.IntegerProperty(
                            MqttProperties.TOPIC_ALIAS_MAXIMUM, MqttBounds.ALIASES_MAX));
            if (assigned != null) {
                properties.add(
                        new MqttProperties.StringProperty(
                                MqttProperties.ASSIGNED_CLIENT_IDENTIFIER, assigned));
            }
        }
        return MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .sessionPresent(present)
                .properties(properties)
                .build();
    }

    private static void refuse(DeviceChannel channel, MqttConnectReturnCode code) {
        refuse(channel, code, null);
    }

    /**
     * @param why for people; MQTT 5 alone can tell it
     */
    private static void refuse(
            DeviceChannel channel, MqttConnectReturnCode code, @Nullable String why) {
        MqttProperties properties = new MqttProperties();
        if (why != null && channel.isVersion5()) {
            properties.add(new MqttProperties.StringProperty(MqttProperties.REASON_STRING, why));
        }
        channel.ready()
                .writeAndFlush(
                        MqttMessageBuilders.connAck()
                                .returnCode(code)
                                .sessionPresent(false)
                                .properties(properties)
                                .build())
                .addListener(_ -> channel.end(DeviceChannel.NORMAL));
    }

    private static Publication will(
            String client, MqttConnectVariableHeader header, MqttConnectPayload payload) {
        return Publication.of(
                client,
                payload.willTopic(),
                payload.willMessageInBytes(),
                Math.min(2, header.willQos()),
                header.isWillRetain(),
                payload.willProperties());
    }

    private static long willDelay(MqttConnectPayload payload) {
        long asked = number(payload.willProperties(), MqttProperties.WILL_DELAY_INTERVAL, 0);
        return Math.min(asked, MqttBounds.SESSION_LIFE_MAX.toSeconds());
    }

    private static long number(MqttProperties properties, int id, long otherwise) {
        return properties.getProperty(id) instanceof MqttProperties.IntegerProperty property
                ? Integer.toUnsignedLong(property.value())
                : otherwise;
    }

    // subscriptions

    /**
     * Subscribes; waits first, aside, until the kernel's topics are read that are meant, and until
     * a session that outlives its node is durable.
     */
    void subscribe(DeviceChannel channel, DeviceSession session, MqttSubscribeMessage packet) {
        List<MqttTopicSubscription> asked = List.copyOf(packet.payload().topicSubscriptions());
        List<String> names =
                asked.stream()
                        .map(MqttTopicSubscription::topicFilter)
                        .filter(Names::isFilter)
                        .toList();
        int id = packet.variableHeader().messageId();
        int identifier =
                (int)
                        number(
                                packet.idAndPropertiesVariableHeader().properties(),
                                MqttProperties.SUBSCRIPTION_IDENTIFIER,
                                0);
        boolean five = channel.isVersion5();
        if (!hub.needsTails(names) && !session.outlives()) {
            answer(channel, session, id, subscribe(session, asked, identifier, five));
            return;
        }
        channel.pause();
        Thread.ofVirtual()
                .name("mqtt-subscribe")
                .start(() -> {
                    Granted granted = subscribeAside(session, names, asked, identifier, five);
                    channel.ready()
                            .executor()
                            .execute(() -> {
                                channel.goOn();
                                if (granted == null) {
                                    channel.end(DeviceChannel.UNSPECIFIED);
                                } else {
                                    answer(channel, session, id, granted);
                                }
                            });
                });
    }

    /** What a client is answered, and the subscriptions that get what is retained. */
    private record Granted(List<Integer> codes, List<Subscribed> fresh) {}

    private @Nullable Granted subscribeAside(
            DeviceSession session,
            List<String> names,
            List<MqttTopicSubscription> asked,
            int identifier,
            boolean five) {
        try {
            hub.openTails(names);
            Granted granted = subscribe(session, asked, identifier, five);
            return keepAside(session) ? granted : null;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "topics cannot be read for a device", e);
            return null;
        }
    }

    private Granted subscribe(
            DeviceSession session,
            List<MqttTopicSubscription> asked,
            int identifier,
            boolean five) {
        List<Integer> codes = new ArrayList<>();
        List<Subscribed> fresh = new ArrayList<>();
        for (MqttTopicSubscription one : asked) {
            Subscribed wanted =
                    new Subscribed(session, one.topicFilter(), one.option(), identifier);
            boolean before = session.has(one.topicFilter());
            if (!Names.isFilter(Names.plain(one.topicFilter()))) {
                codes.add(five ? FILTER_INVALID : FAILURE);
            } else if (!hub.subscribe(wanted)) {
                codes.add(five ? DeviceChannel.NO_QUOTA : FAILURE);
            } else {
                codes.add(one.option().qos().value());
                if (wantsRetained(one, before)) {
                    fresh.add(wanted);
                }
            }
        }
        return new Granted(codes, fresh);
    }

    private void answer(DeviceChannel channel, DeviceSession session, int id, Granted granted) {
        if (!hub.isCurrent(session)) {
            return;
        }
        channel.write(
                new MqttSubAckMessage(
                        new MqttFixedHeader(
                                MqttMessageType.SUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0),
                        new MqttMessageIdAndPropertiesVariableHeader(
                                id, MqttProperties.NO_PROPERTIES),
                        new MqttSubAckPayload(granted.codes)));
        granted.fresh.forEach(hub::deliverRetained);
    }

    private static boolean wantsRetained(MqttTopicSubscription one, boolean before) {
        if (!Names.group(one.topicFilter()).isEmpty()) {
            return false;
        }
        return switch (one.option().retainHandling()) {
            case SEND_AT_SUBSCRIBE -> true;
            case SEND_AT_SUBSCRIBE_IF_NOT_YET_EXISTS -> !before;
            case DONT_SEND_AT_SUBSCRIBE -> false;
        };
    }

    /** Unsubscribes; a session that outlives its node is durable without the filters first. */
    void unsubscribe(DeviceChannel channel, DeviceSession session, MqttUnsubscribeMessage packet) {
        MqttMessageBuilders.UnsubAckBuilder answer =
                MqttMessageBuilders.unsubAck().packetId(packet.variableHeader().messageId());
        for (String filter : packet.payload().topics()) {
            boolean had = hub.unsubscribe(session, filter);
            if (channel.isVersion5()) {
                answer.addReasonCode((short) (had ? 0 : NOT_FOUND));
            }
        }
        if (!session.outlives()) {
            channel.write(answer.build());
            return;
        }
        channel.pause();
        Thread.ofVirtual()
                .name("mqtt-unsubscribe")
                .start(() -> {
                    boolean kept = keepAside(session);
                    channel.ready()
                            .executor()
                            .execute(() -> {
                                channel.goOn();
                                if (!kept) {
                                    channel.end(DeviceChannel.UNSPECIFIED);
                                } else if (hub.isCurrent(session)) {
                                    channel.write(answer.build());
                                }
                            });
                });
    }

    /** Keeps a session as it is now; false if it cannot be kept, which is logged. */
    private boolean keepAside(DeviceSession session) {
        try {
            if (hub.keeper().keep(session)) {
                return true;
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the session of ''{0}'' is another node''s, or there are too many",
                    session.client());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a session cannot be kept", e);
        }
        return false;
    }
}
