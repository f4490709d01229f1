package org.rowhouse.mqtt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the door knows of one client, connected or away: its filters, and the messages that it has
 * not acknowledged. Bounded; what does not fit is dropped and counted. Safe for all threads.
 */
final class DeviceSession {
    private static final int PACKET_ID_MAX = 65_535;

    private final String client;
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

    /** A message for this client. */
    private static final class Outgoing {
        final Publication message;
        final int qos;
        final boolean retain;
        final int[] identifiers;

        /** Of QoS 2: the client has it and is to forget its number next. */
        boolean released;

        Outgoing(Publication message, int qos, boolean retain, int[] identifiers) {
            this.message = message;
            this.qos = qos;
            this.retain = retain;
            this.identifiers = identifiers;
        }
    }

    DeviceSession(String client) {
        this.client = client;
    }

    String client() {
        return client;
    }

    /** Gives it a connection; what was under way is sent again. */
    synchronized void attach(DeviceChannel to, int windowMax, long sessionLifeNs) {
        channel = to;
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
        return filters.remove(filter) != null;
    }

    synchronized List<String> filters() {
        return new ArrayList<>(filters.keySet());
    }

    /** Sends a message, or keeps it until the client can take it. */
    synchronized void deliver(Publication message, int qos, boolean retain, int[] identifiers) {
        DeviceChannel to = channel;
        if (qos == 0) {
            if (to != null && to.hasRoom() && to.fits(message)) {
                to.send(message, 0, retain, 0, false, identifiers);
            } else {
                dropped++;
            }
            return;
        }
        if (waiting.size() >= MqttBounds.QUEUE_MAX
                || waitingBytes + message.bytes() > MqttBounds.QUEUE_BYTES_MAX) {
            dropped++;
            return;
        }
        waiting.add(new Outgoing(message, qos, retain, identifiers));
        waitingBytes += message.bytes();
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
        if (sent.remove(id) != null) {
            pump();
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
}
