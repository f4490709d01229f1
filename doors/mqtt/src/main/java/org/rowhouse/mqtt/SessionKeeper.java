package org.rowhouse.mqtt;

import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * Keeps sessions that are to outlive the node as rows, and reads for them from the kernel's topics
 * what they were not there for.
 *
 * <p>A row tells before which place of each log the client has acknowledged all. It is moved on
 * {@link MqttBounds#SESSION_SAVE} behind, many at once: what was acknowledged meanwhile comes again
 * if the node dies. A session that another node has taken is dropped here as soon as that is seen:
 * by the cluster's signal, or with the next move. Threads: virtual ones. Without rows it does
 * nothing, and sessions end with the node.
 */
final class SessionKeeper {
    private static final System.Logger LOG = System.getLogger(SessionKeeper.class.getName());
    private static final int NO_LOCAL = 4;
    private static final int AS_PUBLISHED = 8;
    private static final int HANDLING_SHIFT = 4;

    private final @Nullable SessionRows rows;
    private final Topics topics;
    private final Hub hub;
    private final Later later;
    private final Set<DeviceSession> moved = ConcurrentHashMap.newKeySet();
    private final Map<String, Long> ended = new ConcurrentHashMap<>();

    /** Clients that began anew while the database was away, and when. */
    private final Map<String, Long> anew = new ConcurrentHashMap<>();

    /**
     * Clients whose rows are being taken: their sessions' epochs are about to change; by how many.
     */
    private final Map<String, Integer> taking = new ConcurrentHashMap<>();

    private final AtomicBoolean saving = new AtomicBoolean();

    /** Whether the last writing failed: the first of several is logged. */
    private volatile boolean failing;

    /** Read by who writes a session whole, written by who moves many on. */
    private final ReadWriteLock moving = new ReentrantReadWriteLock();

    /** Runs something on a virtual thread, after {@link MqttBounds#SESSION_SAVE}. */
    @FunctionalInterface
    interface Later {
        void run(Runnable task);
    }

    SessionKeeper(@Nullable SessionRows rows, Topics topics, Hub hub, Later later) {
        this.rows = rows;
        this.topics = topics;
        this.hub = hub;
        this.later = later;
    }

    /**
     * What there is of a client's session as a row, which is this node's from now on. Blocks.
     *
     * @param clean whether the client begins anew
     * @throws RowhouseException if the database is away, unless the client begins anew; and not too
     *     many have done that
     */
    SessionRows.Taken take(String client, String guest, boolean clean) {
        if (rows == null) {
            return SessionRows.Taken.NOTHING;
        }
        taking.merge(client, 1, Integer::sum);
        boolean isTaken = false;
        try {
            if (anew.containsKey(client)) {
                forgetOld(rows);
            }
            SessionRows.Taken taken = rows.take(client, guest, clean);
            if (taken.found() != null) {
                hub.openTails(
                        taken.found().filters().stream().map(SessionRows.Filter::filter).toList());
            }
            isTaken = true;
            return taken;
        } catch (RowhouseException e) {
            if (!clean || anew.size() >= MqttBounds.SESSIONS_MAX) {
                throw e;
            }
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "the session of ''{0}'' lives in memory only: {1}",
                    client,
                    e.getMessage());
            anew.put(client, System.nanoTime());
            saveLater();
            isTaken = true;
            return SessionRows.Taken.NOTHING;
        } finally {
            if (!isTaken) {
                given(client);
            }
        }
    }

    /** Ends what clients had that began anew while that could not be written. */
    private void forgetOld(SessionRows its) {
        Map<String, Long> since = Map.copyOf(anew);
        if (since.isEmpty()) {
            return;
        }
        long nowNs = System.nanoTime();
        Map<String, Long> ages = new HashMap<>();
        since.forEach(
                (client, atNs) -> ages.put(client, TimeUnit.NANOSECONDS.toMillis(nowNs - atNs)));
        its.forget(ages);
        since.forEach(anew::remove);
    }

    /** What {@link #take} gave has been given to a connection, or never will be. */
    void given(String client) {
        taking.computeIfPresent(client, (_, takers) -> takers == 1 ? null : takers - 1);
    }

    /** Gives a session what its row has. */
    void restore(DeviceSession session, SessionRows.Saved saved) {
        List<Subscribed> filters =
                saved.filters().stream()
                        .map(one ->
                                new Subscribed(
                                        session,
                                        one.filter(),
                                        options(one.options()),
                                        one.identifier()))
                        .toList();
        // Places first: what comes by a filter before them would come out of its order.
        session.follow(saved.positions(), true);
        session.setKept(followed(filters));
        hub.read().forEach((topic, shape) -> followAnew(session, topic, shape));
        filters.forEach(hub::subscribe);
    }

    /**
     * Lets a session wait for a topic that is about to be read, which may have been made anew.
     *
     * @param routed how far logs have been given out
     */
    void hold(DeviceSession session, String topic, Topics.Shape shape, Map<LogName, Long> routed) {
        followAnew(session, topic, shape);
        session.hold(topic, routed);
    }

    private void followAnew(DeviceSession session, String topic, Topics.Shape shape) {
        if (session.isKept()
                && hub.keptOf(session.settled()).contains(topic)
                && session.followAnew(topic, shape)) {
            moved(session);
        }
    }

    private static Set<String> followed(List<Subscribed> filters) {
        return filters.stream()
                .filter(SessionKeeper::isFollowed)
                .map(Subscribed::filter)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Keeps a session with all its filters, if it is to outlive its node. Blocks.
     *
     * @return false if there is no room for it
     * @throws RowhouseException if the database is away
     */
    boolean keep(DeviceSession session) {
        session.keeping().lock();
        try {
            return keepNow(session);
        } finally {
            session.keeping().unlock();
        }
    }

    /** Whoever comes last writes all filters that there are: so one at a time. */
    private boolean keepNow(DeviceSession session) {
        if (rows == null || !session.outlives()) {
            return true;
        }
        List<Subscribed> filters = session.subscribed();
        Set<String> followed = followed(filters);
        hub.openTails(followed);
        hub.read().forEach((topic, shape) -> followAnew(session, topic, shape));
        Set<String> wanted = hub.keptOf(followed);
        if (!topics.kept().isEmpty()) { // else nothing is known of them yet
            session.followOnly(wanted);
        }
        session.follow(headsOf(wanted, session.followed()), false);
        boolean kept = write(rows, session, filters);
        if (kept) {
            session.setKept(followed);
        }
        return kept;
    }

    /** A move that began before would write fewer places over these. */
    private boolean write(SessionRows to, DeviceSession session, List<Subscribed> filters) {
        List<SessionRows.Filter> all =
                filters.stream()
                        .map(one ->
                                new SessionRows.Filter(
                                        one.filter(), octet(one.options()), one.identifier()))
                        .toList();
        moving.readLock().lock();
        try {
            return to.keep(session.standing(hub.routed()), session.guest(), all);
        } finally {
            moving.readLock().unlock();
        }
    }

    /** Members of a group take turns and have no places of their own; nor has QoS 0. */
    private static boolean isFollowed(Subscribed one) {
        return Names.group(one.filter()).isEmpty() && one.options().qos().value() > 0;
    }

    private Map<LogName, Long> headsOf(Set<String> wanted, Set<LogName> followed) {
        Set<String> fresh = new HashSet<>(wanted);
        followed.forEach(log -> fresh.remove(log.topic()));
        Map<LogName, Long> heads = new HashMap<>();
        hub.read()
                .forEach((topic, shape) -> {
                    if (fresh.contains(topic)) {
                        List<Long> each = topics.heads(topic, shape);
                        for (int log = 0; log < each.size(); log++) {
                            heads.put(new LogName(topic, shape.number(), log), each.get(log));
                        }
                    }
                });
        return heads;
    }

    private static int octet(MqttSubscriptionOption options) {
        return options.qos().value()
                | (options.isNoLocal() ? NO_LOCAL : 0)
                | (options.isRetainAsPublished() ? AS_PUBLISHED : 0)
                | options.retainHandling().value() << HANDLING_SHIFT;
    }

    private static MqttSubscriptionOption options(int octet) {
        return new MqttSubscriptionOption(
                MqttQoS.valueOf(octet & 3),
                (octet & NO_LOCAL) != 0,
                (octet & AS_PUBLISHED) != 0,
                MqttSubscriptionOption.RetainedHandlingPolicy.valueOf(octet >> HANDLING_SHIFT & 3));
    }

    /** The session's client has got further, or has gone; never blocks. */
    void moved(DeviceSession session) {
        if (rows != null && session.isKept() && moved.add(session)) {
            saveLater();
        }
    }

    /** The session is over; never blocks. */
    void ended(DeviceSession session) {
        if (rows != null && session.isKept()) {
            ended.put(session.client(), session.epoch());
            moved.remove(session);
            saveLater();
        }
    }

    private void saveLater() {
        if (saving.compareAndSet(false, true)) {
            later.run(this::save);
        }
    }

    /** Gives up those of these sessions that another node has taken. Blocks. */
    void look(Collection<DeviceSession> all) {
        SessionRows its = rows;
        Map<String, DeviceSession> kept = new HashMap<>();
        Map<String, Long> epochs = new HashMap<>();
        for (DeviceSession one : all) {
            if (one.isKept()) {
                kept.put(one.client(), one);
                epochs.put(one.client(), one.epoch());
            }
        }
        if (its == null || kept.isEmpty()) {
            return;
        }
        try {
            its.others(epochs)
                    .forEach(client ->
                            lost(
                                    Objects.requireNonNull(kept.get(client)),
                                    Objects.requireNonNull(epochs.get(client))));
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "whether sessions are other nodes'' is seen later: {0}",
                    e.getMessage());
        }
    }

    /**
     * Notes that these clients are still there, where they stand, and ends what is over. Blocks.
     */
    void sweep(List<DeviceSession> connected) {
        SessionRows its = rows;
        if (its == null) {
            return;
        }
        connected.stream().filter(DeviceSession::isKept).forEach(moved::add);
        connected.forEach(DeviceSession::catchUp);
        if (!save()) {
            return;
        }
        try {
            its.sweep();
        } catch (RowhouseException e) {
            LOG.log(System.Logger.Level.WARNING, "old sessions are not swept: {0}", e.getMessage());
        }
    }

    /** Writes what has changed; false if it could not, and tries again soon then. Blocks. */
    boolean save() {
        SessionRows its = rows;
        if (its == null) {
            return true;
        }
        saving.set(false);
        List<DeviceSession> all = List.copyOf(moved);
        Map<String, Long> over = Map.copyOf(ended);
        all.forEach(moved::remove);
        try {
            forgetOld(its);
            if (!all.isEmpty()) {
                move(its, all);
            }
            if (!over.isEmpty()) {
                its.end(over);
                over.forEach(ended::remove);
            }
            failing = false;
            return true;
        } catch (RowhouseException e) {
            moved.addAll(all);
            if (!failing) {
                failing = true;
                LOG.log(
                        System.Logger.Level.WARNING,
                        "how far sessions have got cannot be written: {0}",
                        e.getMessage());
            }
            saveLater();
            return false;
        }
    }

    private void move(SessionRows its, List<DeviceSession> all) {
        List<SessionRows.Standing> standings;
        Map<String, Boolean> ours;
        moving.writeLock().lock();
        try {
            Map<LogName, Long> routed = hub.routed();
            standings = all.stream().map(one -> one.standing(routed)).toList();
            ours = its.move(standings);
        } finally {
            moving.writeLock().unlock();
        }
        for (int i = 0; i < standings.size(); i++) {
            DeviceSession one = all.get(i);
            Boolean isOurs = ours.get(one.client());
            if (isOurs == null) {
                keepAgain(one);
            } else if (!isOurs) {
                lost(one, standings.get(i).epoch());
            }
        }
    }

    /** Another node has a session of this epoch; one of this node's may have got a later one. */
    private void lost(DeviceSession session, long epoch) {
        if (!taking.containsKey(session.client()) && session.epoch() == epoch) {
            hub.lost(session);
        }
    }

    /** Its row was swept while this node could not be heard: what another node ends has a row. */
    private void keepAgain(DeviceSession session) {
        if (!taking.containsKey(session.client())
                && hub.isCurrent(session)
                && session.channel() != null) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "the session of ''{0}'' had lost its row",
                    session.client());
            keep(session);
        }
    }

    /** Reads for a session what it was not there for, on a thread of its own. */
    void catchUp(DeviceSession session) {
        var _ = Thread.ofVirtual().name("mqtt-catch-up").start(() -> read(session));
    }

    private void read(DeviceSession session) {
        try {
            for (Origin from = session.nextBehind(); from != null; from = session.nextBehind()) {
                read(session, from);
            }
        } catch (RuntimeException e) {
            session.stopCatchingUp();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the topics of ''{0}'' cannot be read: {1}",
                    session.client(),
                    e.getMessage());
        }
    }

    private void read(DeviceSession session, Origin from) {
        LogName log = from.log();
        Topics.Page page = topics.read(log, from.position(), MqttBounds.CATCH_UP_MAX);
        if (page == null) {
            session.forget(log.topic(), log.number());
            return;
        }
        if (page.tail() > from.position()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "''{0}'' was away for longer than {1} keeps its messages",
                    session.client(),
                    log);
        }
        for (Topics.Read one : page.messages()) {
            if (!hub.offer(session, log, one)) {
                return; // no room: it goes on from there
            }
        }
        boolean toEnd = page.messages().size() < MqttBounds.CATCH_UP_MAX;
        session.readTo(log, toEnd ? page.head() : page.next(), toEnd);
    }
}
