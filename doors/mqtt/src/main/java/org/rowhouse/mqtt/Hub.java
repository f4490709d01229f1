package org.rowhouse.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What all connections share: sessions, filters, the messages that are kept for later subscribers,
 * and the bridge to the kernel's topics. Safe for all threads.
 */
final class Hub implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Hub.class.getName());

    private final Topics topics;
    private final Filters filters = new Filters();
    private final Retained retained = new Retained();
    private final Map<String, DeviceSession> sessions = new ConcurrentHashMap<>();
    private final Map<String, Tail> tails = new ConcurrentHashMap<>();

    /** How far the logs have been given out. */
    private final Map<LogName, Long> routed = new ConcurrentHashMap<>();

    private final SessionKeeper keeper;
    private volatile boolean closed;

    /**
     * @param rows of sessions that are to outlive the node; null for none
     */
    Hub(Topics topics, @Nullable SessionRows rows, SessionKeeper.Later later) {
        this.topics = topics;
        this.keeper = new SessionKeeper(rows, topics, this, later);
    }

    /** A topic of the kernel's that is read for those who are there. */
    private record Tail(Topics.Shape shape, Topics.Reading reading) {}

    SessionKeeper keeper() {
        return keeper;
    }

    /** A session for a client, and whether it was there before. */
    record Opened(DeviceSession session, boolean present, @Nullable DeviceChannel displaced) {}

    /**
     * Gives a client its session; null if there are too many.
     *
     * @param guest who the client came in as: another one's session is not for it
     * @param taken what there is of it as a row
     */
    synchronized @Nullable Opened open(
            String client, String guest, boolean clean, SessionRows.Taken taken) {
        DeviceSession before = sessions.get(client);
        DeviceChannel displaced = before == null ? null : before.channel();
        SessionRows.Saved saved = taken.found();
        // Memory is right unless another node has had the session since.
        boolean same = before == null || before.isKept() == (saved != null);
        if (before != null
                && (clean
                        || !before.guest().equals(guest)
                        || before.isOver(System.nanoTime())
                        || !same
                        || (saved != null && before.epoch() != taken.before()))) {
            forget(before);
            before = null;
        }
        if (before != null) {
            before.takenAgain(taken.epoch());
            return new Opened(before, true, displaced);
        }
        if (sessions.size() >= MqttBounds.SESSIONS_MAX) {
            return null;
        }
        DeviceSession session = new DeviceSession(client, keeper, taken.epoch());
        sessions.put(client, session);
        if (saved != null) {
            keeper.restore(session, saved);
        }
        return new Opened(session, saved != null, displaced);
    }

    /** Whether a session is still its client's: a later connection may have ended it. */
    boolean isCurrent(DeviceSession session) {
        return sessions.get(session.client()) == session;
    }

    /** Ends a session. */
    void end(DeviceSession session) {
        forget(session);
        keeper.ended(session);
    }

    /** Another node has the session now. */
    void lost(DeviceSession session) {
        DeviceChannel channel = session.channel();
        forget(session);
        if (channel != null) {
            channel.displace();
        }
    }

    private synchronized void forget(DeviceSession session) {
        if (sessions.remove(session.client(), session)) {
            session.filters().forEach(filter -> filters.remove(session, filter));
        }
    }

    /** Looks whether sessions are still this node's. Blocks. */
    void look() {
        keeper.look(sessions.values());
    }

    int sessionCount() {
        return sessions.size();
    }

    long droppedCount() {
        return sessions.values().stream().mapToLong(DeviceSession::dropped).sum();
    }

    /**
     * Ends sessions whose clients have been away for long, and readings that nobody wants. Blocks.
     */
    void sweep() {
        keeper.sweep(sessions.values().stream().filter(one -> one.channel() != null).toList());
        topics.sweep();
        long nowNs = System.nanoTime();
        sessions.values().stream().filter(one -> one.isOver(nowNs)).toList().forEach(this::end);
        alignTails();
    }

    /**
     * Reads what sessions want of the kernel's topics that there are now, and nothing else. Blocks;
     * what cannot be read is tried again with the next sweep.
     */
    void alignTails() {
        Set<String> wanted = new HashSet<>();
        sessions.values().forEach(one -> wanted.addAll(keptOf(one.filters())));
        try {
            closeTailsBut(wanted);
            openTails(wanted);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "topics are not read yet for devices: {0}",
                    e.getMessage());
        }
    }

    private synchronized void closeTailsBut(Set<String> wanted) {
        for (String topic : List.copyOf(tails.keySet())) {
            if (!wanted.contains(topic)) {
                closeTail(topic);
            }
        }
    }

    private void closeTail(String topic) {
        Tail tail = tails.remove(topic);
        if (tail != null) {
            close(tail.reading());
        }
        routed.keySet().removeIf(log -> log.topic().equals(topic));
    }

    boolean subscribe(Subscribed one) {
        if (!one.session().subscribe(one)) {
            return false;
        }
        filters.add(one);
        return true;
    }

    boolean unsubscribe(DeviceSession session, String filter) {
        filters.remove(session, filter);
        return session.unsubscribe(filter);
    }

    /** Whether a subscription has to wait for a kernel's topic to be read. */
    boolean needsTails(List<String> ofFilters) {
        Map<String, Topics.Shape> kept = topics.kept();
        return keptOf(ofFilters).stream().anyMatch(topic -> !isRead(topic, kept.get(topic)));
    }

    private boolean isRead(String topic, Topics.@Nullable Shape shape) {
        Tail tail = tails.get(topic);
        return tail != null && tail.shape().equals(shape) && tail.reading().stands();
    }

    /** The kernel's topics that are read, and which ones of their names. */
    Map<String, Topics.Shape> read() {
        Map<String, Topics.Shape> all = new HashMap<>();
        tails.forEach((topic, tail) -> all.put(topic, tail.shape()));
        return all;
    }

    /** Begins to read the kernel's topics that these filters mean. Blocks. */
    synchronized void openTails(Collection<String> ofFilters) {
        Map<String, Topics.Shape> kept = topics.kept();
        for (String topic : keptOf(ofFilters)) {
            Topics.Shape shape = kept.get(topic);
            if (!closed && shape != null && !isRead(topic, shape)) {
                openTail(topic, shape);
            }
        }
    }

    /**
     * Reads a topic from its end on. Sessions that are there already have read it before, or are to
     * read it from its beginning: they wait until it is read, and then read up to there.
     */
    private void openTail(String topic, Topics.Shape shape) {
        Map<LogName, Long> before = routed();
        closeTail(topic);
        List<DeviceSession> all = List.copyOf(sessions.values());
        all.forEach(one -> keeper.hold(one, topic, shape, before));
        tails.put(
                topic,
                new Tail(
                        shape,
                        topics.subscribe(topic, shape, batch -> arrived(topic, shape, batch))));
        all.forEach(one -> one.release(topic));
    }

    /** The kernel's topics that these filters mean. */
    Set<String> keptOf(Collection<String> ofFilters) {
        Set<String> kept = topics.kept().keySet();
        Set<String> wanted = new HashSet<>();
        if (kept.isEmpty()) {
            return wanted;
        }
        for (String filter : ofFilters) {
            String first = Names.first(Names.plain(filter));
            if (first.equals("+") || first.equals("#")) {
                wanted.addAll(kept);
            } else if (kept.contains(first)) {
                wanted.add(first);
            }
        }
        return wanted;
    }

    private void arrived(String topic, Topics.Shape shape, List<Topics.Read> batch) {
        for (Topics.Read one : batch) {
            LogName log = new LogName(topic, shape.number(), one.log());
            Publication message = publication(topic, one);
            if (message != null) {
                route(message, new Origin(log, one.position()));
            }
            routed.merge(log, one.position() + 1, Math::max);
        }
    }

    /** A message of the kernel's as devices get it; null if its key makes no topic. */
    private static @Nullable Publication publication(String topic, Topics.Read one) {
        String key = one.message().key();
        String name = key.isEmpty() ? topic : topic + "/" + key;
        return Names.isTopic(name)
                ? Publication.of(
                        "", name, one.message().payload(), 1, false, MqttProperties.NO_PROPERTIES)
                : null;
    }

    /** How far the logs have been given out. */
    Map<LogName, Long> routed() {
        return Map.copyOf(routed);
    }

    /** Gives one session a message that was read for it; false if it has no room. */
    boolean offer(DeviceSession session, LogName log, Topics.Read one) {
        Publication message = publication(log.topic(), one);
        if (message == null) {
            return true;
        }
        for (Filters.Recipient each : filters.match(message.topic()).direct()) {
            if (each.session() == session && each.qos() > 0) {
                return session.offer(
                        message,
                        Math.min(message.qos(), each.qos()),
                        false,
                        each.identifiers(),
                        new Origin(log, one.position()));
            }
        }
        return true;
    }

    /** The kernel's topic that a message belongs to; null if it passes in memory. */
    @Nullable String keptTopic(String name) {
        Map<String, Topics.Shape> kept = topics.kept();
        if (kept.isEmpty()) {
            return null;
        }
        String first = Names.first(name);
        return kept.containsKey(first) ? first : null;
    }

    /** Adds messages to a topic of the kernel's; a failure at once is one of the answer. */
    CompletionStage<Void> keep(String topic, List<Topics.Kept> messages) {
        try {
            return topics.publish(topic, messages);
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Publishes a message that nobody waits for, such as a will. */
    void publish(Publication message) {
        String topic = keptTopic(message.topic());
        if (topic == null) {
            route(message);
        } else {
            keep(topic, List.of(new Topics.Kept(Names.rest(message.topic()), message.payload())))
                    .whenComplete((_, failure) -> {
                        if (failure != null) {
                            LOG.log(
                                    System.Logger.Level.WARNING,
                                    "a will could not be kept",
                                    failure);
                        }
                    });
        }
        if (message.retain()) {
            retain(message);
        }
    }

    /** False if there is no room for it. */
    boolean retain(Publication message) {
        return retained.keep(message);
    }

    /** Gives a message to all who subscribe, on this thread. */
    void route(Publication message) {
        route(message, null);
    }

    private void route(Publication message, @Nullable Origin origin) {
        Filters.Match match = filters.match(message.topic());
        for (Filters.Recipient one : match.direct()) {
            deliver(message, one, origin);
        }
        for (Filters.Group group : match.shared()) {
            deliver(message, next(group), null);
        }
    }

    /** The next member of a group that is connected; if none is, the next one. */
    private static Filters.Recipient next(Filters.Group group) {
        List<Filters.Recipient> members = group.members();
        int turn = group.turn().getAndIncrement() & Integer.MAX_VALUE;
        for (int i = 0; i < members.size(); i++) {
            Filters.Recipient one = members.get((turn + i) % members.size());
            if (one.session().channel() != null) {
                return one;
            }
        }
        return members.get(turn % members.size());
    }

    private static void deliver(
            Publication message, Filters.Recipient to, @Nullable Origin origin) {
        if (to.notOwn() && to.session().client().equals(message.sender())) {
            return;
        }
        to.session()
                .deliver(
                        message,
                        Math.min(message.qos(), to.qos()),
                        to.asPublished() && message.retain(),
                        to.identifiers(),
                        origin);
    }

    /** Sends a new subscriber what is kept for it. */
    void deliverRetained(Subscribed one) {
        int[] identifiers = one.identifier() == 0 ? new int[0] : new int[] {one.identifier()};
        for (Publication message : retained.matching(one.filter())) {
            one.session()
                    .deliver(
                            message,
                            Math.min(message.qos(), one.options().qos().value()),
                            true,
                            identifiers,
                            null);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        keeper.save();
        tails.values().forEach(tail -> close(tail.reading()));
        tails.clear();
    }

    private static void close(Topics.Reading tail) {
        try {
            tail.close();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a topic's reading did not end well", e);
        }
    }
}
