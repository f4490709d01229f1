package org.rowhouse.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.messages.Handler;
import org.rowhouse.messages.Message;
import org.rowhouse.messages.Messages;
import org.rowhouse.messages.Subscription;
import org.rowhouse.messages.Topics;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Connection;

/**
 * Forwards topics of this node's cluster to another one: an edge node's way to the cloud.
 *
 * <p>What is published here is durable here, whether the other side can be reached or not; a group
 * of its own reads it and goes on when the other side has said that it is durable there. Messages
 * carry their ids, so what is sent twice since an answer was lost is published once. Each topic
 * keeps the order of its keys. A connection that does not answer in time is given up for a new one:
 * after a cut its TCP would wait for as long again. Threads: the group's own, one for each log.
 */
final class Uplink implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Uplink.class.getName());
    private static final String GROUP = "uplink";

    /**
     * As many as there can be: a message is set aside only if the other side refuses it so often.
     */
    private static final int DELIVERIES_MAX = 1_000;

    private static final Duration ANSWER_MAX = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(250);

    /** Errors that pass by themselves. */
    private static final Set<ErrorCode> PASSING =
            Set.of(
                    ErrorCode.NODE_UNAVAILABLE,
                    ErrorCode.TIMED_OUT,
                    ErrorCode.OVERLOADED,
                    ErrorCode.STOPPING,
                    ErrorCode.CANCELLED,
                    ErrorCode.DATABASE_UNAVAILABLE,
                    ErrorCode.DISK_FULL,
                    ErrorCode.UNAUTHORIZED,
                    ErrorCode.CERTIFICATE_REFUSED);

    private final Supplier<Connection> dial;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final List<Subscription> readings = new ArrayList<>();
    private @Nullable Connection connection;
    private volatile @Nullable String trouble;

    /**
     * Begins to forward.
     *
     * @param dial connects to the other cluster; may fail and is asked again
     * @throws RowhouseException NOT_FOUND if a topic is not there
     */
    Uplink(Messages messages, List<String> topics, Supplier<Connection> dial) {
        this.dial = dial;
        try {
            for (String topic : topics) {
                messages.topics(GROUP)
                        .setGroup(
                                topic, GROUP, new Topics.GroupSettings(true, DELIVERIES_MAX, null));
                Handler.Plain forward = batch -> forward(topic, batch);
                readings.add(messages.subscribe(topic, GROUP, forward));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Why nothing gets through at the moment; null if it does, as far as is known. */
    @Nullable String trouble() {
        return trouble;
    }

    private void forward(String topic, List<Message> batch) throws InterruptedException {
        Forwarded all =
                new Forwarded(
                        topic,
                        batch.stream()
                                .map(one ->
                                        new Forwarded.Item(
                                                one.key(),
                                                one.id().toString(),
                                                one.headers(),
                                                one.body()))
                                .toList());
        byte[] request = Forwarded.CODEC.encode(all);
        while (!sent(request)) {
            if (closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("the node stops");
            }
        }
    }

    /** False if it is worth another try. */
    private boolean sent(byte[] request) {
        Connection way = null;
        try {
            way = way();
            way.call(Forwarded.PUBLISH, request, new CallOptions(ANSWER_MAX, null, true));
            recovered();
            return true;
        } catch (RowhouseException e) {
            if (way != null) {
                giveUp(way);
            }
            if (!PASSING.contains(e.code())) {
                throw e;
            }
            if (trouble == null) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the uplink is cut; messages wait here: {0}",
                        e.getMessage());
            }
            trouble = e.getMessage();
            return false;
        }
    }

    private void recovered() {
        if (trouble != null) {
            trouble = null;
            LOG.log(System.Logger.Level.INFO, "the uplink is there again");
        }
    }

    private synchronized Connection way() {
        Connection known = connection;
        if (known == null || !known.isOpen()) {
            known = dial.get();
            connection = known;
        }
        return known;
    }

    @SuppressWarnings("ReferenceEquality") // whether it is the very same one
    private synchronized void giveUp(Connection way) {
        if (connection == way) {
            connection = null;
        }
        way.close();
    }

    @Override
    public void close() {
        closing.countDown();
        readings.forEach(Subscription::close);
        synchronized (this) {
            if (connection != null) {
                connection.close();
            }
        }
    }
}
