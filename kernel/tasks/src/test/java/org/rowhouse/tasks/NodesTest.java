package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Signals;

/** Several nodes on one database: who claims, who hands over, and who may bear a name. */
class NodesTest extends LiveNode {
    private final List<AutoCloseable> more = new ArrayList<>();

    @AfterEach
    void closeTheOthers() throws Exception {
        for (AutoCloseable each : more.reversed()) {
            each.close();
        }
    }

    private Tasks another(NodeDescription self) {
        Kernel own = new Kernel(database, 1);
        more.add(own);
        Signals signals = new Signals(database);
        more.add(signals);
        Tasks other = new Tasks(own, database, signals, functions, Scheduling.NONE, self);
        more.add(other);
        return other;
    }

    private Tasks another(String name) {
        return another(NodeDescription.ofThisMachine(name, name, "test"));
    }

    private Nodes nodes() {
        return new Nodes(database, "tester");
    }

    private String nodeOf(TaskId id) throws SQLException {
        return database.value(
                "select name from rowhouse.task join rowhouse.node on number = node where id = ?",
                id.value());
    }

    private String column(String column, String name) throws SQLException {
        return database.rows(
                        "select " + column + " from rowhouse.node where name = ? order by number",
                        name)
                .getLast();
    }

    @Test
    void aCordonedNodeClaimsNothingAndTheOthersDoUntilItIsUncordoned() throws Exception {
        functions.workflow("quick", in -> 1);
        another("b");
        nodes().cordon("a");
        nodes().cordon("a");
        await(() -> {
            TaskId id = start("quick");
            return outcome(id).state() == TaskState.SUCCEEDED && nodeOf(id).equals("b");
        });
        for (int i = 0; i < 4; i++) {
            TaskId id =
                    start("quick", i % 2 == 0 ? StartOptions.DIRECT : StartOptions.inQueue("mail"));
            assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
            assertThat(nodeOf(id)).isEqualTo("b");
        }
        nodes().cordon("b");
        nodes().uncordon("a");
        await(() -> {
            TaskId id = start("quick");
            return outcome(id).state() == TaskState.SUCCEEDED && nodeOf(id).equals("a");
        });
        assertThat(column("cordoned_by", "b")).isEqualTo("tester");
    }

    private int running(String name) throws SQLException {
        return Integer.parseInt(column("running", name));
    }

    @Test
    void whileAllNodesAreCordonedATaskWaitsAndItsExplanationSaysSo() throws Exception {
        functions.workflow("quick", in -> 1);
        known("quick");
        nodes().cordon("a");
        UUID id = database.id("select rowhouse.start_task('test', 'quick', queue => 'mail')");
        assertThat(database.rows("select sentence from rowhouse.explain_task(?)", id).toString())
                .contains("Every node that is up is cordoned", "uncordon");
        nodes().uncordon("a");
        assertThat(outcome(new TaskId(id)).state()).isEqualTo(TaskState.SUCCEEDED);
    }

    @Test
    void aDrainedNodeLetsWorkflowsGoOnElsewhereFromTheirNextStep() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch drained = new CountDownLatch(1);
        functions.workflow(
                "long",
                in -> {
                    Task.step(
                            "first",
                            () -> {
                                first.countDown();
                                drained.await();
                            });
                    return Task.step("second", Integer.class, () -> 2);
                });
        TaskId id = start("long");
        first.await();
        another("b");
        nodes().drain("a", Duration.ZERO);
        await(() -> tasks.runs().stream().anyMatch(run -> run.interruption() != null));
        assertThat(column("drained_at", "a")).as("it still runs something").isEqualTo("null");
        drained.countDown();
        assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(nodeOf(id)).isEqualTo("b");
        assertThat(database.value("select crashes from rowhouse.task where id = ?", id.value()))
                .isEqualTo("0");
        await(() -> !column("drained_at", "a").equals("null"));
        assertThat(running("a")).isZero();
    }

    @Test
    void aDrainLetsTasksEndWithinItsTime() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        functions.function(
                "plain",
                1,
                in -> {
                    begun.countDown();
                    end.await();
                    return 1;
                });
        TaskId id = start("plain");
        begun.await();
        another("b");
        nodes().drain("a", Duration.ofHours(1));
        await(() -> !column("draining_at", "a").equals("null") && running("a") == 1);
        end.countDown();
        assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(nodeOf(id)).isEqualTo("a");
        await(() -> !column("drained_at", "a").equals("null"));
        nodes().uncordon("a");
        assertThat(column("drained_at", "a")).isEqualTo("null");
    }

    @Test
    void aTaskThatReachesNoStepIsTakenFromADrainedNodeAtLast() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        functions.function(
                "deaf",
                1,
                in -> {
                    begun.countDown();
                    boolean here = Thread.currentThread().isInterrupted();
                    while (end.getCount() > 0 && !here) {
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            // deaf
                        }
                    }
                    return 1;
                });
        TaskId id = start("deaf");
        begun.await();
        another("b");
        nodes().drain("a", Duration.ZERO);
        await(() -> !column("drained_at", "a").equals("null"));
        end.countDown();
        assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(nodeOf(id)).isEqualTo("b");
    }

    @Test
    void aCordonOutlivesTheLifeOfItsNode() throws Exception {
        Tasks b = another("b");
        nodes().cordon("b");
        more.remove(b);
        b.close();
        another("b");
        assertThat(column("cordoned_by", "b")).isEqualTo("tester");
        assertThat(column("draining_at", "b")).isEqualTo("null");
    }

    @Test
    void theNameOfANodeThatIsUpIsRefusedToAnotherProcess() throws Exception {
        another(NodeDescription.ofThisMachine("b", "here", "test"));
        assertThatThrownBy(() -> another(NodeDescription.ofThisMachine("b", "there", "test")))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT))
                .hasMessageContainingAll("'b'", "is up already", "here", "--name");
        assertThat(column("ended_at", "b")).as("the first one goes on").isEqualTo("null");
    }

    @Test
    void theSameHomeTakesItsNameOverAtOnceAndAnotherOneWhenTheLeaseHasRunOut() throws Exception {
        database.run(
                "insert into rowhouse.node (name, home, version, pid, lease_until) values"
                        + " ('x', 'here', 't', 1, now() + interval '1 hour'),"
                        + " ('y', 'there', 't', 1, now() + interval '1500 ms')");
        another(NodeDescription.ofThisMachine("x", "here", "test"));
        assertThat(
                        database.rows(
                                "select ended_by from rowhouse.node where name = 'x' order by"
                                        + " number"))
                .containsExactly("restart", "null");
        another(NodeDescription.ofThisMachine("y", "here", "test"));
        assertThat(
                        database.rows(
                                "select ended_by from rowhouse.node where name = 'y' order by"
                                        + " number"))
                .containsExactly("lease", "null");
    }

    @Test
    void twoVersionsOfRowhouseShareTheWorkOfOneCluster() throws Exception {
        functions.workflow("quick", in -> 1);
        another(NodeDescription.ofThisMachine("newer", "newer", "99.0"));
        assertThat(
                        database.rows(
                                "select version from rowhouse.node where ended_at is null order by"
                                        + " number"))
                .containsExactly("test", "99.0");
        for (int i = 0; i < 3; i++) {
            assertThat(outcome(start("quick")).state()).isEqualTo(TaskState.SUCCEEDED);
        }
        nodes().drain("a", Duration.ZERO);
        await(() -> !column("drained_at", "a").equals("null"));
        TaskId id = start("quick");
        assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(nodeOf(id)).isEqualTo("newer");
    }

    @Test
    void aDeclaredNodeStandsInTheTablesButNothingRunsThereAndNobodyEndsIt() throws Exception {
        functions.workflow("quick", in -> 1);
        database.rows(
                "select * from rowhouse.declare_nodes(?::jsonb)",
                "[{\"name\": \"sim\", \"cores\": 96, \"memory_mib\": 786432, \"zone\": \"z1\","
                        + " \"devices\": [{\"model\": \"A100\", \"count\": 8, \"memory_mib\":"
                        + " 81920}]}]");
        assertThat(
                        database.rows(
                                "select cores_milli, devices, zone, simulated from rowhouse.node"
                                        + " where name = 'sim'"))
                .containsExactly("96000 8 z1 t");
        assertThat(
                        database.rows(
                                "select kind, name, share_milli, count(*) from rowhouse.topology"
                                        + " where node = 'sim' group by 1, 2, 3 order by 1"))
                .containsExactly("device A100 1 8", "machine sim null 1");
        for (int i = 0; i < 3; i++) {
            assertThat(nodeOf(outcome(start("quick")).id())).isEqualTo("a");
        }
        assertThat(database.value("select rowhouse.live_nodes()")).isEqualTo("1");
        assertThat(column("ended_at", "sim")).isEqualTo("null");
        assertThatThrownBy(() -> another("sim")).hasMessageContaining("simulated node");
        database.rows("select rowhouse.forget_node('sim')");
        assertThat(database.rows("select 1 from rowhouse.topology where node = 'sim'")).isEmpty();
    }

    /** Ids are all that a node makes by its own clock; leases and timers are the database's. */
    @Test
    void tasksOfANodeWhoseClockIsAnHourWrongRunWaitAndEndAsOthersDo() throws Exception {
        functions.workflow(
                "nap",
                in -> {
                    Task.sleep(
                            Duration.ofMillis(1500)); // it leaves its thread, and a timer wakes it
                    return 1;
                });
        for (Duration wrong : List.of(Duration.ofHours(-1), Duration.ofHours(1))) {
            TaskId id = TaskId.create(0, System.currentTimeMillis() + wrong.toMillis());
            tasks.start(
                    new Tasks.Request("test", null, "nap", "1", StartOptions.DIRECT, "tester", id));
            assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
            assertThat(
                            database.rows(
                                    "select 1 from rowhouse.task where id = ? and ended_at -"
                                            + " created_at between interval '1.5 s' and interval"
                                            + " '1 min'",
                                    id.value()))
                    .hasSize(1);
        }
    }
}
