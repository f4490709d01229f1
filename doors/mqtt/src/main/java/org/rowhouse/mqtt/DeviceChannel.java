package org.rowhouse.mqtt;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection: speaks the protocol. All methods but {@link #send}, {@link #release}, {@link
 * #hasRoom}, {@link #displace} and {@link #guest} run on the connection's event loop, and none
 * blocks.
 *
 * <p>Messages that came together are kept together. While too many of them are not durable yet, or
 * the client does not read what it is sent, the connection is read no further: its memory is
 * bounded.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // a write that fails closes the channel, which says it
final class DeviceChannel extends ChannelInboundHandlerAdapter {
    private static final System.Logger LOG = System.getLogger(DeviceChannel.class.getName());
    private static final int VERSION_5 = 5;

    /** Reasons of MQTT 5, chapter 2.4. */
    static final int NORMAL = 0x00;

    static final int WITH_WILL = 0x04;
    static final int UNSPECIFIED = 0x80;
    static final int MALFORMED = 0x81;
    static final int PROTOCOL_ERROR = 0x82;
    static final int NOT_AUTHORIZED = 0x87;
    static final int SHUTTING_DOWN = 0x8B;
    static final int TIMED_OUT = 0x8D;
    static final int TAKEN_OVER = 0x8E;
    static final int TOPIC_INVALID = 0x90;
    static final int ALIAS_INVALID = 0x94;
    static final int NO_QUOTA = 0x97;

    /** What a packet takes beside its payload, about. */
    private static final long PACKET_BYTES = 64;

    private final Hub hub;
    private final Arrival arrival;
    private final Map<Integer, String> aliases = new HashMap<>();
    private final ArrayDeque<Burst> bursts = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext context;
    private @Nullable DeviceSession session;
    private @Nullable Burst burst;
    private volatile Gatekeeper.@Nullable Guest guest;
    private @Nullable Publication will;
    private long willDelaySeconds;
    private int version;
    private long packetBytesMax = Long.MAX_VALUE;
    private int unanswered;

    /** Bytes of packets that the loop is to send yet; more than none if there is one. */
    private final AtomicLong handedOver = new AtomicLong();

    private boolean held;
    private boolean closing;

    DeviceChannel(Hub hub, Arrival arrival) {
        this.hub = hub;
        this.arrival = arrival;
    }

    /** Who it is, once admitted. */
    Optional<Gatekeeper.Guest> guest() {
        return Optional.ofNullable(guest);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        active.executor()
                .schedule(
                        () -> {
                            if (session == null) {
                                active.close();
                            }
                        },
                        MqttBounds.CONNECT_MAX.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    // what comes

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        try {
            if (!closing && message instanceof MqttMessage packet) {
                if (packet.decoderResult().isFailure()) {
                    arrival.refuseMalformed(from, packet, version);
                    end(MALFORMED);
                } else {
                    read(packet);
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(MqttMessage packet) {
        MqttMessageType type = packet.fixedHeader().messageType();
        DeviceSession its = session;
        if (its == null) {
            if (packet instanceof MqttConnectMessage connect && version == 0) {
                version = connect.variableHeader().version();
                arrival.admit(this, connect);
            } else {
                end(PROTOCOL_ERROR);
            }
            return;
        }
        switch (type) {
            case PUBLISH -> publish(its, (MqttPublishMessage) packet);
            case PUBACK -> its.acknowledged(id(packet));
            case PUBREC -> receivedTwo(its, packet);
            case PUBREL -> releasedTwo(its, id(packet));
            case PUBCOMP -> its.acknowledged(id(packet));
            case SUBSCRIBE -> arrival.subscribe(this, its, (MqttSubscribeMessage) packet);
            case UNSUBSCRIBE -> arrival.unsubscribe(this, its, (MqttUnsubscribeMessage) packet);
            case PINGREQ -> write(bare(MqttMessageType.PINGRESP));
            case DISCONNECT -> disconnect(its, packet);
            default -> end(PROTOCOL_ERROR);
        }
    }

    private static int id(MqttMessage packet) {
        return ((MqttMessageIdVariableHeader) packet.variableHeader()).messageId();
    }

    private void receivedTwo(DeviceSession its, MqttMessage packet) {
        boolean refused =
                packet.variableHeader() instanceof MqttPubReplyMessageVariableHeader reply
                        && Byte.toUnsignedInt(reply.reasonCode()) >= UNSPECIFIED;
        if (refused) {
            its.acknowledged(id(packet));
        } else {
            its.received(id(packet));
            release(id(packet));
        }
    }

    private void releasedTwo(DeviceSession its, int id) {
        its.forget(id);
        write(reply(MqttMessageType.PUBCOMP, MqttQoS.AT_MOST_ONCE, id));
    }

    private void disconnect(DeviceSession its, MqttMessage packet) {
        if (packet.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
            if (Byte.toUnsignedInt(header.reasonCode()) != WITH_WILL) {
                will = null;
            }
            if (header.properties().getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL)
                    instanceof MqttProperties.IntegerProperty seconds) {
                its.life(Arrival.lifeNs(Integer.toUnsignedLong(seconds.value())));
            }
        } else {
            will = null;
        }
        closing = true;
        ready().close();
    }

    // what is published

    private void publish(DeviceSession its, MqttPublishMessage packet) {
        MqttPublishVariableHeader header = packet.variableHeader();
        int qos = packet.fixedHeader().qosLevel().value();
        String topic = topic(header);
        if (topic == null) {
            end(ALIAS_INVALID);
            return;
        }
        if (!Names.isOpenTopic(topic)) {
            refuse(qos, header.packetId(), TOPIC_INVALID);
            return;
        }
        Gatekeeper.Guest who = guest;
        if (who == null || !who.mayPublish()) {
            refuse(qos, header.packetId(), NOT_AUTHORIZED);
            return;
        }
        byte[] payload = new byte[packet.payload().readableBytes()];
        packet.payload().readBytes(payload);
        Publication message =
                Publication.of(
                        its.client(),
                        topic,
                        payload,
                        qos,
                        packet.fixedHeader().isRetain(),
                        header.properties());
        take(its, message, header.packetId());
    }

    private void take(DeviceSession its, Publication message, int id) {
        boolean isNew = true;
        if (message.qos() == 2) {
            if (its.takenCount() >= MqttBounds.TAKEN_MAX) {
                end(NO_QUOTA);
                return;
            }
            isNew = its.take(id);
        }
        if (isNew) {
            if (message.retain() && !hub.retain(message)) {
                if (message.qos() == 2) {
                    its.forget(id);
                }
                refuse(message.qos(), id, NO_QUOTA);
                return;
            }
            String kept = hub.keptTopic(message.topic());
            if (kept == null) {
                hub.route(message);
            } else {
                open().keep(kept, new Topics.Kept(Names.rest(message.topic()), message.payload()));
            }
        }
        switch (message.qos()) {
            case 1 -> open().acknowledge(id);
            case 2 -> open().received(id, isNew);
            default -> {}
        }
    }

    private @Nullable String topic(MqttPublishVariableHeader header) {
        String name = header.topicName();
        if (version < VERSION_5
                || !(header.properties().getProperty(MqttProperties.TOPIC_ALIAS)
                        instanceof MqttProperties.IntegerProperty alias)) {
            return name;
        }
        if (alias.value() < 1 || alias.value() > MqttBounds.ALIASES_MAX) {
            return null;
        }
        if (name.isEmpty()) {
            return aliases.get(alias.value());
        }
        aliases.put(alias.value(), name);
        return name;
    }

    /** MQTT 5 has a reason for one message; before, all that can be done is to hang up. */
    private void refuse(int qos, int id, int reason) {
        if (version < VERSION_5) {
            end(reason);
        } else if (qos > 0) {
            open().refuse(qos, id, reason);
        }
    }

    private Burst open() {
        Burst current = burst;
        if (current == null) {
            current = new Burst(ready().alloc().buffer());
            burst = current;
        }
        return current;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        Burst read = burst;
        if (read != null) {
            burst = null;
            bursts.add(read);
            unanswered += read.messages();
            if (read.keepsNothing()) {
                read.setDone();
                answer();
            } else {
                commit(read);
            }
        }
        hold();
        from.flush();
        from.fireChannelReadComplete();
    }

    private void commit(Burst read) {
        read.commit(hub::keep)
                .whenComplete((_, failure) ->
                        ready().executor()
                                .execute(() -> {
                                    if (failure == null) {
                                        read.setDone();
                                        answer();
                                        hold();
                                    } else {
                                        notKept(read, failure);
                                    }
                                }));
    }

    /** Not acknowledged: the client sends it again on its next connection. */
    private void notKept(Burst read, Throwable failure) {
        LOG.log(System.Logger.Level.WARNING, "messages of a device could not be kept", failure);
        DeviceSession its = session;
        if (its != null) {
            read.twos().forEach(its::forget);
        }
        end(UNSPECIFIED);
    }

    /** Acknowledges what is durable, in the order in which it came. */
    private void answer() {
        for (Burst first = bursts.peek(); first != null && first.isDone(); first = bursts.peek()) {
            bursts.remove();
            unanswered -= first.messages();
            if (first.answers().isReadable()) {
                ready().write(first.answers(), ready().voidPromise());
            } else {
                first.answers().release();
            }
        }
        ready().flush();
    }

    /** Reads on or not, by what waits. */
    private void hold() {
        boolean full = held || unanswered > MqttBounds.TAKEN_MAX || !ready().channel().isWritable();
        ready().channel().config().setAutoRead(!full);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        hold();
    }

    /** Reads nothing until {@link #goOn}. */
    void pause() {
        held = true;
        hold();
    }

    /** Ends a {@link #pause}. */
    void goOn() {
        held = false;
        hold();
    }

    // what goes

    /** Sends a message, behind those that were sent before by whatever thread; any thread. */
    void send(
            Publication message,
            int qos,
            boolean retain,
            int id,
            boolean again,
            int[] identifiers) {
        MqttProperties properties =
                version >= VERSION_5
                        ? message.propertiesFor(identifiers)
                        : MqttProperties.NO_PROPERTIES;
        write(
                new MqttPublishMessage(
                        new MqttFixedHeader(
                                MqttMessageType.PUBLISH, again, MqttQoS.valueOf(qos), retain, 0),
                        new MqttPublishVariableHeader(message.topic(), id, properties),
                        Unpooled.wrappedBuffer(message.payload())),
                message.bytes());
    }

    /** Whether the client takes packets as large as this message; any thread. */
    boolean fits(Publication message) {
        return message.bytes() < packetBytesMax;
    }

    /** Tells the client to forget a message's number; any thread. */
    void release(int id) {
        write(reply(MqttMessageType.PUBREL, MqttQoS.AT_LEAST_ONCE, id));
    }

    /** Whether the client reads as fast as it is sent; any thread. */
    boolean hasRoom() {
        return ready().channel().isWritable() && handedOver.get() < MqttBounds.UNSENT_BYTES_MAX;
    }

    /** Sends a packet behind those that were sent before; any thread. */
    void write(MqttMessage packet) {
        write(packet, 0);
    }

    /** What other threads have handed over must not be overtaken by what the loop itself sends. */
    private void write(MqttMessage packet, long payloadBytes) {
        EventExecutor loop = ready().executor();
        if (loop.inEventLoop() && handedOver.get() == 0) {
            ready().writeAndFlush(packet, ready().voidPromise());
            return;
        }
        long bytes = PACKET_BYTES + payloadBytes;
        handedOver.addAndGet(bytes);
        try {
            loop.execute(() -> {
                handedOver.addAndGet(-bytes);
                ready().writeAndFlush(packet, ready().voidPromise());
            });
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the door closes: nothing is sent any more", e);
        }
    }

    private static MqttMessage bare(MqttMessageType type) {
        return new MqttMessage(new MqttFixedHeader(type, false, MqttQoS.AT_MOST_ONCE, false, 0));
    }

    private static MqttMessage reply(MqttMessageType type, MqttQoS qos, int id) {
        return new MqttMessage(
                new MqttFixedHeader(type, false, qos, false, 2),
                MqttMessageIdVariableHeader.from(id));
    }

    // beginning and end

    ChannelHandlerContext ready() {
        ChannelHandlerContext its = context;
        if (its == null) {
            throw new IllegalStateException("not in a pipeline yet");
        }
        return its;
    }

    /** The network address that the client comes from; any thread. */
    String address() {
        return ready().channel().remoteAddress() instanceof InetSocketAddress from
                ? from.getAddress().getHostAddress()
                : "";
    }

    boolean isVersion5() {
        return version >= VERSION_5;
    }

    /** The client is in. */
    void begin(
            DeviceSession its,
            Gatekeeper.Guest who,
            @Nullable Publication lastWill,
            long lastWillDelaySeconds,
            long packetBytes) {
        guest = who;
        will = lastWill;
        willDelaySeconds = lastWillDelaySeconds;
        packetBytesMax = packetBytes;
        session = its;
    }

    /** The same client has come by another connection; any thread. */
    void displace() {
        ready().executor().execute(() -> end(TAKEN_OVER));
    }

    /** Whether its client came in by this name; any thread. */
    boolean isOf(String name) {
        Gatekeeper.Guest who = guest;
        return who != null && who.name().equals(name);
    }

    /** Its client may not stay any longer; any thread. */
    void shutOut() {
        ready().executor().execute(() -> end(NOT_AUTHORIZED));
    }

    /** The door closes; any thread. */
    void shutDown() {
        ready().executor().execute(() -> end(SHUTTING_DOWN));
    }

    /** Hangs up; under MQTT 5 with the reason. */
    void end(int reason) {
        if (closing) {
            return;
        }
        closing = true;
        if (session != null && version >= VERSION_5) {
            ready().writeAndFlush(
                            new MqttMessage(
                                    new MqttFixedHeader(
                                            MqttMessageType.DISCONNECT,
                                            false,
                                            MqttQoS.AT_MOST_ONCE,
                                            false,
                                            0),
                                    new MqttReasonCodeAndPropertiesVariableHeader(
                                            (byte) reason, MqttProperties.NO_PROPERTIES)))
                    .addListener(_ -> ready().close());
        } else {
            ready().close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext from, Object event) {
        // A connection that is held back by the door itself is not idle by the client's fault.
        if (event instanceof IdleStateEvent && bursts.isEmpty() && !held) {
            end(TIMED_OUT);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        closing = true;
        if (burst != null) {
            burst.answers().release();
            burst = null;
        }
        bursts.forEach(one -> one.answers().release());
        bursts.clear();
        DeviceSession its = session;
        if (its == null) {
            return;
        }
        boolean last = its.detach(this, System.nanoTime());
        if (last && its.isOver(System.nanoTime())) {
            hub.end(its);
        }
        Publication message = will;
        if (message != null) {
            if (willDelaySeconds == 0 || !last) {
                hub.publish(message);
            } else {
                from.executor()
                        .schedule(
                                () -> {
                                    if (its.channel() == null) {
                                        hub.publish(message);
                                    }
                                },
                                willDelaySeconds,
                                TimeUnit.SECONDS);
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "a device's connection broke", failure);
        closing = true;
        from.close();
    }
}
