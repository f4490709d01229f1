package org.rowhouse.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Signals;

/** Messages of two nodes on an empty database. */
abstract class LiveMessages {
    static final Duration SOON = Duration.ofSeconds(60);

    private final List<AutoCloseable> open = new ArrayList<>();
    MessagesDatabase database;
    Kernel kernel;
    Messages messages;

    @BeforeEach
    void open() throws Exception {
        database = MessagesDatabase.create();
        kernel = keep(new Kernel(connections(), 2));
        messages = node(kernel, 1);
    }

    /** The messages of one more node. */
    Messages node(Kernel lanes, int number) {
        Signals signals = keep(new Signals(database));
        Messages fresh = keep(new Messages(lanes, connections(), signals));
        fresh.forWorkflows().born(number);
        fresh.start();
        return fresh;
    }

    /** Where connections come from: a test may put a fault in between. */
    Connections connections() {
        return database;
    }

    <T extends AutoCloseable> T keep(T part) {
        open.add(part);
        return part;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    void topic(String name, int logs) {
        messages.topics("tester").set(name, Topics.Settings.ofLogs(logs));
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
    }
}
