package org.rowhouse.mqtt;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The door for devices that speak MQTT 3.1, 3.1.1 or 5 (OASIS standards of 2014 and 2019).
 *
 * <p>Messages of a topic that the kernel has are added to it, and acknowledged once they are
 * durable; all others pass in memory, to those who are there. Retained messages and wills live in
 * memory: they end with the node; sessions that are to outlive their connections are rows, and hear
 * after any end what the kernel's topics got meanwhile. Threads: one event loop for two cores, at
 * most four; virtual ones for what blocks.
 */
@SuppressWarnings(
        "FutureReturnValueIgnored") // what fails is told by the channel or at the next sweep
public final class MqttDoor implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(MqttDoor.class.getName());
    private static final int LOOPS_MAX = 4;
    private static final int FLUSH_AFTER = 256;
    private static final long SWEEP_SECONDS = 30;
    private static final long CLOSE_MS = 2_000;

    private final MultiThreadIoEventLoopGroup loops;
    private final Hub hub;
    private final Set<DeviceChannel> channels = ConcurrentHashMap.newKeySet();
    private final Channel door;
    private final AtomicBoolean looking = new AtomicBoolean();

    private MqttDoor(
            InetSocketAddress listen,
            @Nullable SSLContext tls,
            Topics topics,
            @Nullable SessionRows rows,
            Gatekeeper gatekeeper) {
        this.hub = new Hub(topics, rows, this::later);
        Arrival arrival = new Arrival(hub, gatekeeper);
        this.loops =
                new MultiThreadIoEventLoopGroup(
                        Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, LOOPS_MAX),
                        Thread.ofPlatform().daemon().name("mqtt-", 0).factory(),
                        NioIoHandler.newFactory());
        try {
            this.door =
                    new ServerBootstrap()
                            .group(loops)
                            .channel(NioServerSocketChannel.class)
                            .option(ChannelOption.SO_BACKLOG, MqttBounds.BACKLOG)
                            .option(ChannelOption.SO_REUSEADDR, true)
                            .childOption(ChannelOption.TCP_NODELAY, true)
                            .childOption(
                                    ChannelOption.WRITE_BUFFER_WATER_MARK,
                                    new WriteBufferWaterMark(
                                            MqttBounds.UNSENT_BYTES_MAX / 2,
                                            MqttBounds.UNSENT_BYTES_MAX))
                            .childHandler(new Pipeline(tls, arrival))
                            .bind(listen)
                            .syncUninterruptibly()
                            .channel();
        } catch (RuntimeException e) {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
            throw e;
        }
        topics.onChange(() -> aside(hub::alignTails));
        loops.scheduleWithFixedDelay(
                () -> aside(hub::sweep), SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    private static void aside(Runnable task) {
        Thread.ofVirtual().name("mqtt-sessions").start(task);
    }

    private void later(Runnable task) {
        try {
            loops.schedule(
                    () -> aside(task), MqttBounds.SESSION_SAVE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the door closes, and saves then", e);
        }
    }

    /** Sessions have been taken by other nodes: looks which, once for many words; never blocks. */
    public void signal() {
        if (looking.compareAndSet(false, true)) {
            later(() -> {
                looking.set(false);
                hub.look();
            });
        }
    }

    /**
     * Opens the door.
     *
     * @param listen where devices connect; port 0 for any free one
     * @param tls null for plain TCP, which is for loopback only
     * @param rows where sessions outlive the node; null if they end with it
     * @throws RowhouseException INVALID_ARGUMENT if the address is taken or not of this machine, or
     *     lies beyond loopback without TLS
     */
    public static MqttDoor open(
            InetSocketAddress listen,
            @Nullable SSLContext tls,
            Topics topics,
            @Nullable SessionRows rows,
            Gatekeeper gatekeeper) {
        if (tls == null && (listen.isUnresolved() || !listen.getAddress().isLoopbackAddress())) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "MQTT at "
                            + listen.getHostString()
                            + " would send passwords over the network in the clear: it needs TLS.");
        }
        try {
            return new MqttDoor(listen, tls, topics, rows, gatekeeper);
        } catch (Exception e) { // Netty throws what bind did, checked or not
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "MQTT cannot listen at %s: %s.".formatted(listen, e.getMessage()),
                    e);
        }
    }

    /** Where devices connect. */
    public InetSocketAddress address() {
        return (InetSocketAddress) door.localAddress();
    }

    /** How many connections there are. */
    public int connections() {
        return channels.size();
    }

    /** The names by which those are admitted who are connected. */
    public Set<String> guests() {
        return channels.stream()
                .map(DeviceChannel::guest)
                .flatMap(Optional::stream)
                .map(Gatekeeper.Guest::name)
                .collect(Collectors.toSet());
    }

    /** How many sessions there are, those of clients that are away included. */
    public int sessions() {
        return hub.sessionCount();
    }

    /** How many messages did not fit into the sessions that there are. */
    public long dropped() {
        return hub.droppedCount();
    }

    /** Ends the connections of all clients that came in by this name; does not block. */
    public void hangUp(String guest) {
        channels.stream().filter(one -> one.isOf(guest)).forEach(DeviceChannel::shutOut);
    }

    /** Tells all clients and hangs up. */
    @Override
    public void close() {
        door.close().syncUninterruptibly();
        channels.forEach(DeviceChannel::shutDown);
        loops.shutdownGracefully(50, CLOSE_MS, TimeUnit.MILLISECONDS).syncUninterruptibly();
        hub.close();
    }

    /** What a connection passes through. */
    private final class Pipeline extends ChannelInitializer<Channel> {
        private final @Nullable SSLContext tls;
        private final Arrival arrival;

        Pipeline(@Nullable SSLContext tls, Arrival arrival) {
            this.tls = tls;
            this.arrival = arrival;
        }

        @Override
        protected void initChannel(Channel channel) {
            if (channels.size() >= MqttBounds.CONNECTIONS_MAX) {
                channel.close();
                return;
            }
            ChannelPipeline pipeline = channel.pipeline();
            if (tls != null) {
                SSLEngine engine = tls.createSSLEngine();
                engine.setUseClientMode(false);
                pipeline.addLast(new SslHandler(engine));
            }
            DeviceChannel device = new DeviceChannel(hub, arrival);
            channels.add(device);
            channel.closeFuture().addListener(_ -> channels.remove(device));
            pipeline.addLast(new FlushConsolidationHandler(FLUSH_AFTER, true));
            pipeline.addLast(
                    new MqttDecoder(MqttBounds.PACKET_BYTES_MAX, MqttBounds.CLIENT_LENGTH_MAX));
            pipeline.addLast(MqttEncoder.INSTANCE);
            pipeline.addLast(device);
        }
    }
}
