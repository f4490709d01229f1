package org.rowhouse.support;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * Clients that start tasks without a pause while the cluster is being killed. A start whose answer
 * a crash took is repeated with the same id, so in the end every start has been acknowledged.
 */
final class Load implements AutoCloseable {
    private final Door door;
    private final Path notes;
    private final int queueBucket;
    private final Set<TaskId> acknowledged = ConcurrentHashMap.newKeySet();
    private final Queue<String> troubles = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private final Queue<RowhouseException> refusals = new ConcurrentLinkedQueue<>();
    private final boolean patient;
    private final int needyPercent;
    private volatile boolean over;

    private static final int TALK_PERCENT = 10;
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Set<String> UNENDED = Set.of("ready", "running", "waiting");

    private record Start(TaskId id, String function, String queue, String input, int coresMilli) {
        Start(TaskId id, String function, String queue, String input) {
            this(id, function, queue, input, 0);
        }

        Start needing(int coresMilli) {
            return new Start(id, function, queue, input, coresMilli);
        }

        void on(NodeProcess node) {
            node.start(id, function, queue, input, coresMilli);
        }
    }

    private Load(Door door, Path notes, boolean patient, int needyPercent) throws SQLException {
        this.needyPercent = needyPercent;
        this.door = door;
        this.patient = patient;
        this.notes = notes;
        this.queueBucket = door.bucketOf("transfers");
    }

    /** Sets so many clients to work. */
    static Load begin(Door door, Path notes, int clients, Random random) throws SQLException {
        return begin(new Load(door, notes, false, 0), clients, random);
    }

    /**
     * The same with clients that try again when a start or an answer is refused because of the
     * surroundings, such as a full disk; see {@link #refusals}.
     */
    static Load beginPatiently(Door door, Path notes, int clients, Random random)
            throws SQLException {
        return begin(new Load(door, notes, true, 0), clients, random);
    }

    /**
     * The same, and so many percent of the starts need cores, half a one to a whole one, so that
     * they go through the cluster's scheduler; and some of them are conversations, whose messages
     * {@link Receivers} receive.
     */
    static Load beginPatiently(Door door, Path notes, int clients, Random random, int needyPercent)
            throws SQLException {
        return begin(new Load(door, notes, true, needyPercent), clients, random);
    }

    private static Load begin(Load load, int clients, Random random) {
        for (int i = 0; i < clients; i++) {
            Random own = new Random(random.nextLong());
            load.clients.add(
                    Thread.ofVirtual().name("client-" + i).start(() -> load.startTasks(own)));
        }
        return load;
    }

    private void startTasks(Random random) {
        try {
            while (!over) {
                acknowledge(perhapsNeedy(any(random), random), random.nextInt(3) > 0);
            }
        } catch (RuntimeException e) {
            troubles.add("a client gave up: " + e);
        }
    }

    /** Begins a census of a directory, and does not wait for its end. */
    void beginCensus(Path directory) {
        acknowledge(
                new Start(newId(0), "census/census", "", "{\"directory\": \"" + directory + "\"}"),
                false);
    }

    /** Starts one more task with a single try; true if that was acknowledged. */
    boolean tryOnce() {
        Start start = new Start(newId(0), "witness/touch", "", "{\"notes\": \"" + notes + "\"}");
        try {
            start.on(door.node());
            acknowledged.add(start.id);
            return true;
        } catch (RowhouseException e) {
            refusals.add(e);
            return false;
        }
    }

    private Start perhapsNeedy(Start start, Random random) {
        boolean needy = needyPercent > 0 && random.nextInt(100) < needyPercent;
        return needy ? start.needing(500 + 500 * random.nextInt(2)) : start;
    }

    private Start any(Random random) {
        TaskId id = newId(random.nextInt(2));
        if (needyPercent > 0 && random.nextInt(100) < TALK_PERCENT) {
            return new Start(id, "talk/converse", "", "{}");
        }
        int kind = random.nextInt(100);
        if (kind < 55) {
            String transfer =
                    "{\"from\": %d, \"to\": %d, \"cents\": %d}"
                            .formatted(
                                    1 + random.nextInt(100),
                                    1 + random.nextInt(101), // one of them does not exist
                                    1 + random.nextInt(30_000));
            return kind < 40
                    ? new Start(id, "transfers/transfer", "", transfer)
                    : new Start(newId(queueBucket), "transfers/transfer", "transfers", transfer);
        }
        if (kind < 90) {
            String job =
                    "{\"notes\": \"%s\", \"steps\": %d, \"sleepMs\": %d}"
                            .formatted(notes, 1 + random.nextInt(4), kind < 60 ? 1_200 : 0);
            return new Start(id, "witness/work", kind < 70 ? "witness-spread" : "", job);
        }
        if (kind < 97) {
            return new Start(
                    id,
                    "witness/fan",
                    "",
                    "{\"notes\": \"%s\", \"children\": %d}"
                            .formatted(notes, 1 + random.nextInt(8)));
        }
        return new Start(id, "transfers/payday", "", "{\"transfers\": 20}");
    }

    private static TaskId newId(int bucket) {
        return TaskId.create(bucket, System.currentTimeMillis());
    }

    /** Starts the task, again and again if need be, and perhaps waits for its end. */
    private void acknowledge(Start start, boolean await) {
        while (true) {
            NodeProcess node = door.node();
            try {
                start.on(node);
                acknowledged.add(start.id);
                String state = await ? node.await(start.id) : "succeeded";
                while (patient && UNENDED.contains(state)) {
                    state = node.await(start.id);
                }
                if (!state.equals("succeeded")) {
                    troubles.add(start + " is acknowledged, but has not succeeded");
                }
                return;
            } catch (NodeProcess.Died e) {
                if (acknowledged.contains(start.id)) {
                    return;
                }
            } catch (RowhouseException e) {
                if (patient && e.code().number() / 100 == 3) {
                    refusals.add(e);
                    LockSupport.parkNanos(PAUSE.toNanos());
                    continue;
                }
                troubles.add(start + " was refused: " + e.code() + " " + e.getMessage());
                return;
            }
        }
    }

    /** Waits until so many starts have been acknowledged. */
    void awaitAcknowledged(int count) {
        Await.until(
                Duration.ofMinutes(3),
                () -> acknowledged.size() >= count || !troubles.isEmpty(),
                () -> acknowledged.size() + " of " + count + " starts were acknowledged");
    }

    int count() {
        return acknowledged.size();
    }

    /** The tasks whose start was acknowledged. */
    Set<TaskId> acknowledged() {
        return acknowledged;
    }

    /** What patient clients were told, and tried again after. */
    List<RowhouseException> refusals() {
        return List.copyOf(refusals);
    }

    /** What clients met that they must not meet. */
    List<String> troubles() {
        return List.copyOf(troubles);
    }

    /** Lets every client bring its last start to its acknowledgement. */
    @Override
    public void close() {
        over = true;
        for (Thread client : clients) {
            try {
                if (!client.join(Duration.ofMinutes(3))) {
                    troubles.add(client.getName() + " does not end");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
