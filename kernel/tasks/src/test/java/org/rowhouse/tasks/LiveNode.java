package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Signals;

/**
 * A node that runs tasks of the component {@code test} on an empty database, which has the queue
 * mail besides. After each test all events are read: no transition may have been illegal.
 */
abstract class LiveNode {
    static final Duration SOON = Duration.ofSeconds(60);

    final TestFunctions functions = new TestFunctions();
    private final List<AutoCloseable> open = new ArrayList<>();
    ScratchDatabase database;
    Kernel kernel;
    Tasks tasks;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        database.run("insert into rowhouse.component values ('test', '1', true)");
        database.run("select rowhouse.set_queue('mail')");
        kernel = new Kernel(connections(), 2);
        open.add(kernel);
        Signals signals = new Signals(connections());
        open.add(signals);
        tasks = new Tasks(kernel, connections(), signals, functions, Scheduling.NONE, "a", "test");
        open.add(tasks);
    }

    @AfterEach
    void everyTransitionWasLegal() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        assertThat(TransitionChecker.check(database)).isEmpty();
    }

    /** Where the node's connections come from: a test may put a fault in between. */
    Connections connections() {
        return database;
    }

    /** Lets SQL start the function, too. */
    void known(String function) throws SQLException {
        database.rows(
                "insert into rowhouse.component_function values ('test', '1', ?, null)", function);
    }

    TaskId start(String function, StartOptions options) {
        return tasks.start(new Tasks.Request("test", null, function, "1", options, "tester", null));
    }

    TaskId start(String function) {
        return start(function, StartOptions.DIRECT);
    }

    Tasks.Outcome outcome(TaskId id) {
        Tasks.Outcome outcome = tasks.await(id, SOON);
        assertThat(outcome.state().ended()).as("ended in time: " + outcome).isTrue();
        return outcome;
    }

    List<String> call(String operation, TaskId id) throws SQLException {
        return database.rows(
                "select outcome from rowhouse." + operation, (Object) new UUID[] {id.value()});
    }

    /** What a cancel does to a running task, without a word to its node. */
    void cancelUnheard(TaskId id) throws SQLException {
        database.rows(
                """
                with told as (
                    update rowhouse.task set event_count = event_count + 1, cancel_requested = true
                    where id = ? and state = 'running'
                    returning *)
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
                select bucket, id, event_count - 1, attempt, state, 'cancel', '{"children": true}'
                from told
                """,
                id.value());
    }

    /** Whether a statement with these words waits for a lock. */
    boolean waitsForALock(String words) throws SQLException {
        return !database.rows(
                        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and"
                                + " application_name || query like '%' || ? || '%'",
                        words)
                .isEmpty();
    }

    List<String> unended() throws SQLException {
        return database.rows(
                "select function, state from rowhouse.task where state in ('ready', 'running',"
                        + " 'waiting')");
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
