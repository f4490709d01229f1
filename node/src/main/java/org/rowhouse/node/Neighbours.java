package org.rowhouse.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.calls.ConnectedDevices;
import org.rowhouse.calls.ConnectedDevices.Device;
import org.rowhouse.calls.ConnectedDevices.Door;
import org.rowhouse.calls.ConnectedDevices.Place;
import org.rowhouse.wire.discovery.Directory;
import org.rowhouse.wire.discovery.Member;

/**
 * Keeps the directory that devices follow and the cluster's rows in step: writes which devices are
 * at this node's doors, and puts the nodes of the cluster and the devices at other nodes' doors
 * into the directory. So the seeds of a cluster need no connections to each other.
 *
 * <p>What is here this node knows in memory, so a look costs nothing; the database is asked only
 * after a change. While it is away, what was known goes on to hold, and it is told all when it is
 * back. Thread: a virtual one.
 */
final class Neighbours implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Neighbours.class.getName());

    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    /** What changes together is written together. */
    private static final Duration GATHER = Duration.ofMillis(50);

    /** A word of a change may be lost with a connection: then it is found after so long. */
    private static final Duration READ_EVERY = Duration.ofSeconds(15);

    /** Devices at other nodes: as many as a directory knows. */
    private static final int ELSEWHERE_MAX = 10_000;

    private static final List<String> OFFERS = List.of("node");

    private final Directory directory;
    private final Supplier<Set<String>> up;
    private final ConnectedDevices rows;
    private final Supplier<Set<Place>> connected;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Semaphore changes = new Semaphore(0);
    private final Set<String> nodes = new HashSet<>();
    private final Thread thread;
    private volatile boolean rowsChanged = true;
    private long readNs;
    private Map<Place, Device> written = Map.of();
    private int writtenAs;

    /**
     * @param up the names of the nodes that are up; asked often
     * @param connected who is connected to this node's doors; asked often
     */
    Neighbours(
            Directory directory,
            Supplier<Set<String>> up,
            ConnectedDevices rows,
            Supplier<Set<Place>> connected) {
        this.directory = directory;
        this.up = up;
        this.rows = rows;
        this.connected = connected;
        directory.onFollowers(changes::release);
        this.thread = Thread.ofVirtual().name("neighbours").start(this::run);
    }

    /** Rows of connected devices have changed. Never blocks. */
    void signal() {
        rowsChanged = true;
        changes.release();
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                lookAtNodes();
                try {
                    write();
                    read();
                } catch (RowhouseException e) {
                    LOG.log(
                            System.Logger.Level.DEBUG,
                            "devices of other nodes are as they were: {0}",
                            e.getMessage());
                    if (closing.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
                if (changes.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                    closing.await(GATHER.toMillis(), TimeUnit.MILLISECONDS);
                    changes.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lookAtNodes() {
        Set<String> now = up.get();
        for (String name : now) {
            if (nodes.add(name)) {
                directory.put(new Member(name, "", OFFERS));
                rowsChanged = true;
            }
        }
        nodes.removeIf(name -> {
            boolean gone = !now.contains(name);
            if (gone) {
                directory.remove(name);
                rowsChanged = true;
            }
            return gone;
        });
    }

    private void write() {
        int life = rows.life();
        Map<Place, Device> before = life == writtenAs ? written : Map.of();
        Map<Place, Device> now = here();
        List<Device> came =
                now.values().stream().filter(one -> !one.equals(before.get(one.place()))).toList();
        List<Place> gone = new ArrayList<>(before.keySet());
        gone.removeAll(now.keySet());
        if (!came.isEmpty() || !gone.isEmpty()) {
            rows.note(life, came, gone);
        }
        written = now;
        writtenAs = life;
    }

    /** Who is connected, and who was until a moment ago and counts as being there. */
    private Map<Place, Device> here() {
        Map<String, Member> followers = directory.followers();
        Map<Place, Device> all = new HashMap<>();
        Set<String> atTheWire = new HashSet<>();
        for (Place place : connected.get()) {
            Member follower = place.door() == Door.MQTT ? null : followers.get(place.name());
            if (follower == null) {
                all.put(place, new Device(place, "", false, List.of()));
            } else {
                atTheWire.add(place.name());
                all.put(place, device(place, follower));
            }
        }
        followers.forEach((name, member) -> {
            if (!atTheWire.contains(name)) {
                Place place = new Place(name, Door.STREAM);
                all.put(place, device(place, member));
            }
        });
        return all;
    }

    private static Device device(Place place, Member member) {
        return new Device(place, member.address(), true, member.offers());
    }

    private void read() {
        if (!rowsChanged && System.nanoTime() - readNs < READ_EVERY.toNanos()) {
            return;
        }
        rowsChanged = false;
        try {
            directory.learn(
                    rows.elsewhere(rows.life(), ELSEWHERE_MAX).stream()
                            .map(one -> new Member(one.place().name(), one.address(), one.offers()))
                            .toList());
            readNs = System.nanoTime();
        } catch (RowhouseException e) {
            rowsChanged = true;
            throw e;
        }
    }

    /** Takes this node's rows back. */
    @Override
    public void close() {
        directory.onFollowers(() -> {});
        closing.countDown();
        thread.interrupt();
        try {
            thread.join();
            if (writtenAs != 0) {
                rows.end(writtenAs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "the rows of devices stay until others look: {0}",
                    e.getMessage());
        }
    }
}
