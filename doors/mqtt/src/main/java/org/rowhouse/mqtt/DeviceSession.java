package org.rowhouse.mqtt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the door knows of one client, connected or away: its filters, and the messages that it has
 * not acknowledged. Bounded; what does not fit is dropped and counted. Safe for all threads.
 *
 * <p>A session that outlives its connection keeps its {@link Place}s in the logs of the kernel's
 * topics: of those nothing is dropped, what does not fit is read again from the log.
 */
final class DeviceSession {
    private static final int PACKET_ID_MAX = 65_535;

    private final String client;
    private final SessionKeeper keeper;
    private final Lock keeping = new ReentrantLock();

    /** Of the session as a row; 0 if there is none. */
    private long epoch;

    private final Map<LogName, Place> places = new HashMap<>();
    private final Map<String, Subscribed> filters = new HashMap<>();
    private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
    private final Map<Integer, Outgoing> sent = new LinkedHashMap<>();
    private final Set<Integer> taken = new HashSet<>();
    private @Nullable DeviceChannel channel;
    private int window = MqttBounds.SENT_MAX;
    private long waitingBytes;
    private int lastId;
    private long dropped;
    private long awaySinceNs;
    private long lifeNs;
    private String guest = "";
    private boolean isKept;

    /** The filters whose topics it has places in, those of topics that come later too. */
    private Set<String> settled = Set.of();

    private boolean catchingUp;

    /** How far the client has got in a log: before {@code next} all has been taken here. */
    private static final class Place {
        long next;

        /** Whether messages are to be read from the log, since they were not taken as they came. */
        boolean behind;

        /** Behind the last one that came and was not taken. */
        long seen;

        /** Whether it is not to be read yet: its topic is not read for those who are there. */
        boolean held;

        Place(long next, boolean behind) {
            this.next = next;
            this.behind = behind;
        }
    }

    /** A message for this client. */
    private static final class Outgoing {
        final Publication message;
        final int qos;
        final boolean retain;
        final int[] identifiers;
        final @Nullable Origin origin;

        /** Of QoS 2: the client has it and is to forget its number next. */
        boolean released;

        Outgoing(
                Publication message,
                int qos,
                boolean retain,
                int[] identifiers,
                @Nullable Origin origin) {
            this.message = message;
            this.qos = qos;
            this.retain = retain;
            this.identifiers = identifiers;
            this.origin = origin;
        }
    }

    /**
     * @param epoch of the session as a row, if it is to be one; else 0
     */
    DeviceSession(String client, SessionKeeper keeper, long epoch) {
        this.client = client;
        this.keeper = keeper;
        this.epoch = epoch;
    }

    String client() {
        return client;
    }

    /** Gives it a connection; what was under way is sent again. */
    synchronized void attach(DeviceChannel to, int windowMax, long sessionLifeNs, String asGuest) {
        channel = to;
        guest = asGuest;
        window = Math.min(windowMax, MqttBounds.SENT_MAX);
        lifeNs = sessionLifeNs;
        sent.forEach((id, one) -> {
            if (one.released) {
                to.release(id);
            } else {
                to.send(one.message, one.qos, one.retain, id, true, one.identifiers);
            }
        });
        pump();
        catchUp();
    }

    /** Changes how long it is kept once its client is away. */
    synchronized void life(long sessionLifeNs) {
        lifeNs = sessionLifeNs;
    }

    /** Its connection has ended; false if it had another one by then. */
    synchronized boolean detach(DeviceChannel from, long nowNs) {
        if (channel != from) {
            return false;
        }
        channel = null;
        awaySinceNs = nowNs;
        keeper.moved(this);
        return true;
    }

    synchronized @Nullable DeviceChannel channel() {
        return channel;
    }

    synchronized boolean isOver(long nowNs) {
        return channel == null && nowNs - awaySinceNs >= lifeNs;
    }

    /** How many messages did not fit. */
    synchronized long dropped() {
        return dropped;
    }

    /** False if it has too many filters. */
    synchronized boolean subscribe(Subscribed one) {
        if (!filters.containsKey(one.filter()) && filters.size() >= MqttBounds.FILTERS_MAX) {
            return false;
        }
        filters.put(one.filter(), one);
        return true;
    }

    synchronized boolean has(String filter) {
        return filters.containsKey(filter);
    }

    synchronized boolean unsubscribe(String filter) {
        if (settled.contains(filter)) {
            settled =
                    settled.stream()
                            .filter(one -> !one.equals(filter))
                            .collect(Collectors.toUnmodifiableSet());
        }
        return filters.remove(filter) != null;
    }

    synchronized List<String> filters() {
        return new ArrayList<>(filters.keySet());
    }

    /**
     * Sends a message, or keeps it until the client can take it.
     *
     * @param origin null if it lies in no log
     */
    synchronized void deliver(
            Publication message,
            int qos,
            boolean retain,
            int[] identifiers,
            @Nullable Origin origin) {
        if (origin != null && qos > 0 && !take(message, origin)) {
            return;
        }
        DeviceChannel to = channel;
        if (qos == 0) {
            if (to != null && to.hasRoom() && to.fits(message)) {
                to.send(message, 0, retain, 0, false, identifiers);
            } else {
                dropped++;
            }
            return;
        }
        if (!fits(message)) {
            dropped++;
            return;
        }
        queue(new Outgoing(message, qos, retain, identifiers, origin));
    }

    /** Whether a message that came is to go on its way now; else it is had, or read later. */
    private boolean take(Publication message, Origin origin) {
        Place place = places.get(origin.log());
        if (place == null) {
            return true;
        }
        if (origin.position() < place.next) {
            return false;
        }
        if (place.behind || channel == null || !fits(message)) {
            place.behind = true;
            place.seen = Math.max(place.seen, origin.position() + 1);
            return false;
        }
        place.next = origin.position() + 1;
        return true;
    }

    private boolean fits(Publication message) {
        return waiting.size() < MqttBounds.QUEUE_MAX
                && waitingBytes + message.bytes() <= MqttBounds.QUEUE_BYTES_MAX;
    }

    private void queue(Outgoing one) {
        waiting.add(one);
        waitingBytes += one.message.bytes();
        pump();
    }

    private void pump() {
        DeviceChannel to = channel;
        while (to != null && sent.size() < window && !waiting.isEmpty()) {
            Outgoing one = waiting.remove();
            waitingBytes -= one.message.bytes();
            if (one.message.isExpired() || !to.fits(one.message)) {
                dropped++;
                continue;
            }
            int id = freeId();
            sent.put(id, one);
            to.send(one.message, one.qos, one.retain, id, false, one.identifiers);
        }
    }

    private int freeId() {
        do {
            lastId = lastId == PACKET_ID_MAX ? 1 : lastId + 1;
        } while (sent.containsKey(lastId));
        return lastId;
    }

    /** The client has a message of QoS 1, has refused one, or has done with one of QoS 2. */
    synchronized void acknowledged(int id) {
        Outgoing one = sent.remove(id);
        if (one != null) {
            pump();
            if (one.origin != null && places.containsKey(one.origin.log())) {
                keeper.moved(this);
            }
            catchUp();
        }
    }

    /** The client has received a message of QoS 2. */
    synchronized void received(int id) {
        Outgoing one = sent.get(id);
        if (one != null) {
            one.released = true;
        }
    }

    /** Takes the number of a message of QoS 2 from the client; false if it has come before. */
    synchronized boolean take(int id) {
        return taken.add(id);
    }

    /** The client forgets the number; it may mean another message from now on. */
    synchronized void forget(int id) {
        taken.remove(id);
    }

    synchronized int takenCount() {
        return taken.size();
    }

    // what outlives the node

    /** Who the client came in as. */
    synchronized String guest() {
        return guest;
    }

    /** Whether it has a row, or is to have one. */
    synchronized boolean outlives() {
        return epoch != 0 && lifeNs > 0;
    }

    /** By which it is this node's; 0 if it has no row. */
    synchronized long epoch() {
        return epoch;
    }

    /** Its row has been taken anew. */
    synchronized void takenAgain(long newEpoch) {
        epoch = newEpoch;
    }

    /** Held while its row is written whole; taken before the session itself. */
    Lock keeping() {
        return keeping;
    }

    synchronized boolean isKept() {
        return isKept;
    }

    /**
     * It has a row now.
     *
     * @param followed the filters whose topics it has places in
     */
    synchronized void setKept(Set<String> followed) {
        isKept = true;
        settled = followed;
    }

    /** Those of its filters whose topics it has places in. */
    synchronized Set<String> settled() {
        return settled;
    }

    /**
     * Begins to follow a topic, one of its settled filters', from its oldest message on, unless it
     * follows this one or a later one of its name: it was made after the client subscribed. Gives
     * whether it did; places in one that was made before go.
     */
    synchronized boolean followAnew(String topic, Topics.Shape shape) {
        if (places.keySet().stream()
                .anyMatch(log -> log.topic().equals(topic) && log.number() >= shape.number())) {
            return false;
        }
        forget(topic);
        for (int log = 0; log < shape.logs(); log++) {
            places.put(new LogName(topic, shape.number(), log), new Place(0, true));
        }
        return true;
    }

    /** The topic has been dropped. */
    synchronized void forget(String topic, int number) {
        places.keySet().removeIf(log -> log.topic().equals(topic) && log.number() == number);
    }

    private void forget(String topic) {
        places.keySet().removeIf(log -> log.topic().equals(topic));
    }

    /**
     * Takes nothing more of a topic until it is released, and reads then what came meanwhile.
     *
     * @param routed how far its logs have been given out
     */
    synchronized void hold(String topic, Map<LogName, Long> routed) {
        places.forEach((log, place) -> {
            if (log.topic().equals(topic)) {
                if (!place.behind) {
                    place.next = Math.max(place.next, routed.getOrDefault(log, 0L));
                }
                place.behind = true;
                place.held = true;
            }
        });
    }

    /** The topic is read for those who are there. */
    synchronized void release(String topic) {
        places.forEach((log, place) -> place.held &= !log.topic().equals(topic));
        catchUp();
    }

    /** Begins to follow logs of which its client has got so far; those that it follows stay. */
    synchronized void follow(Map<LogName, Long> from, boolean behind) {
        from.forEach((log, next) -> places.putIfAbsent(log, new Place(next, behind)));
    }

    /** Follows the logs of no other topics any more. */
    synchronized void followOnly(Set<String> topics) {
        places.keySet().removeIf(log -> !topics.contains(log.topic()));
    }

    synchronized Set<LogName> followed() {
        return Set.copyOf(places.keySet());
    }

    synchronized List<Subscribed> subscribed() {
        return List.copyOf(filters.values());
    }

    /**
     * Where it stands: before these places its client has acknowledged all.
     *
     * @param routed how far the logs had been given out before this was asked
     */
    synchronized SessionRows.Standing standing(Map<LogName, Long> routed) {
        Map<LogName, Long> positions = new HashMap<>();
        places.forEach((log, place) ->
                positions.put(
                        log,
                        place.behind
                                ? place.next
                                : Math.max(place.next, routed.getOrDefault(log, 0L))));
        Stream.concat(sent.values().stream(), waiting.stream())
                .map(one -> one.origin)
                .filter(origin -> origin != null && positions.containsKey(origin.log()))
                .forEach(origin -> positions.merge(origin.log(), origin.position(), Math::min));
        long seconds = TimeUnit.NANOSECONDS.toSeconds(lifeNs);
        return new SessionRows.Standing(
                client,
                epoch,
                Math.max(seconds, MqttBounds.SESSION_LIFE_MIN.toSeconds()),
                channel != null,
                positions);
    }

    /** Begins to read what was not taken as it came, once there is room for it. */
    synchronized void catchUp() {
        if (!catchingUp && behind() != null) {
            catchingUp = true;
            keeper.catchUp(this);
        }
    }

    /** A log that is to be read, and from where on; null if there is none, or no room. */
    synchronized @Nullable Origin nextBehind() {
        Origin next = behind();
        catchingUp = next != null;
        return next;
    }

    /** The log could not be read; it is tried again later. */
    synchronized void stopCatchingUp() {
        catchingUp = false;
    }

    private @Nullable Origin behind() {
        if (channel == null
                || waiting.size() > MqttBounds.QUEUE_MAX / 2
                || waitingBytes > MqttBounds.QUEUE_BYTES_MAX / 2) {
            return null;
        }
        for (Map.Entry<LogName, Place> one : places.entrySet()) {
            if (one.getValue().behind && !one.getValue().held) {
                return new Origin(one.getKey(), one.getValue().next);
            }
        }
        return null;
    }

    /** Takes a message that was read from its log; false if there is no room. */
    synchronized boolean offer(
            Publication message, int qos, boolean retain, int[] identifiers, Origin origin) {
        Place place = places.get(origin.log());
        if (place == null || channel == null || !fits(message)) {
            return false;
        }
        if (origin.position() >= place.next) {
            place.next = origin.position() + 1;
            queue(new Outgoing(message, qos, retain, identifiers, origin));
        }
        return true;
    }

    /** The log has been read up to here; to its end, if nothing came meanwhile. */
    synchronized void readTo(LogName log, long next, boolean toEnd) {
        Place place = places.get(log);
        if (place != null) {
            place.next = Math.max(place.next, next);
            place.behind = !toEnd || place.held || place.seen > place.next;
            keeper.moved(this);
        }
    }
}
