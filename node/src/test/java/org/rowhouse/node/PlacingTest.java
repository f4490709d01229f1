package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.Function;
import org.rowhouse.api.Need;
import org.rowhouse.api.Needs;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.tasks.Tasks;

/** Where tasks of a live cluster run that need something of their node. */
class PlacingTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    /** Tasks that wait until they are let go, by the test that started them. */
    private static final ConcurrentMap<String, CountDownLatch> GATES = new ConcurrentHashMap<>();

    /** How many tasks have got through. */
    private static final AtomicInteger RUNS = new AtomicInteger();

    @TempDir Path folder;
    private final List<Rowhouse> open = new ArrayList<>();
    private String gate = "";

    record Held(String gate) {}

    record Beside(int tasks) {}

    record Devices(List<Integer> numbers) {}

    /** Functions that need something, on one node. */
    public static final class Work {
        private final AtomicInteger now = new AtomicInteger();

        @Function
        @Needs(cores = 1)
        public void hold(Held held) throws InterruptedException {
            GATES.get(held.gate()).await();
            RUNS.incrementAndGet();
        }

        /** Says how many of its kind ran on its node with it. */
        @Function
        @Needs(cores = 1)
        public Beside brief() {
            int beside = now.incrementAndGet();
            try {
                LockSupport.parkNanos(2_000_000);
                return new Beside(beside);
            } finally {
                now.decrementAndGet();
            }
        }

        @Function
        public Devices devices() {
            return new Devices(Task.info().devices());
        }
    }

    @BeforeEach
    void makeGate() {
        gate = "gate-" + System.nanoTime();
        GATES.put(gate, new CountDownLatch(1));
        RUNS.set(0);
    }

    @AfterEach
    void close() {
        GATES.get(gate).countDown();
        open.reversed().forEach(Rowhouse::close);
    }

    private Rowhouse node(String name, int cores) {
        Rowhouse.Options options =
                Rowhouse.Options.of(folder.resolve(name))
                        .name(name)
                        .offer(NodeOffer.NOTHING.with("--cores", String.valueOf(cores)));
        Rowhouse node =
                Rowhouse.open(
                        open.isEmpty()
                                ? options
                                : options.databaseUrl(
                                        open.getFirst().database().connectionString(true)));
        node.register(new Work());
        open.add(node);
        return node;
    }

    private List<String> rows(String query, Object... values) throws SQLException {
        try (Connection connection = open.getFirst().database().connect("test");
                PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            List<String> rows = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(row.getString(1));
                }
            }
            return rows;
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private List<String> running() throws SQLException {
        return rows(
                """
                select n.name || ' ' || count(*)
                from rowhouse.task as t join rowhouse.node as n on n.number = t.node
                where t.state = 'running'
                group by n.name order by n.name
                """);
    }

    private TaskId hold(Rowhouse node, StartOptions options) {
        return node.start("work/hold", new Held(gate), Void.class, options).id();
    }

    private void holdMany(Rowhouse node, int count) {
        for (int i = 0; i < count; i++) {
            hold(node, StartOptions.DIRECT);
        }
    }

    private void awaitScheduler() throws Exception {
        await(() -> !rows("select 1 from rowhouse.scheduler where node > 0").isEmpty());
    }

    /** What a machine is made of is read soon after its node is up, and replaces what is there. */
    private void awaitDiscovery(String name) throws Exception {
        await(() -> !rows("select 1 from rowhouse.topology where node = ?", name).isEmpty());
    }

    @Test
    void tasksRunWhereTheirNeedsFitAndTheRestWaitsForWhatIsFreed() throws Exception {
        Rowhouse one = node("one", 2);
        node("two", 3);
        awaitScheduler();
        holdMany(one, 8);
        await(() -> running().equals(List.of("one 2", "two 3")));
        assertThat(rows("select count(*) from rowhouse.task where state = 'ready' and placed = -1"))
                .containsExactly("3");
        GATES.get(gate).countDown();
        await(() ->
                rows("select count(*) from rowhouse.task where state = 'succeeded'")
                        .equals(List.of("8")));
    }

    @Test
    void whatANodeStartsThatIsNotTheSchedulerIsPlacedToo() throws Exception {
        Rowhouse one = node("one", 2);
        awaitScheduler();
        Rowhouse two = node("two", 2);
        await(() -> one.scheduler().nodes() == 2);
        holdMany(two, 4);
        await(() -> running().equals(List.of("one 2", "two 2")));
    }

    @Test
    void aTaskThatIsStartedAgainAndAgainHoldsOnePlace() throws Exception {
        Rowhouse one = node("one", 2);
        awaitScheduler();
        await(() -> one.scheduler().nodes() == 1);
        TaskId id = TaskId.create(0, System.currentTimeMillis());
        for (int i = 0; i < 5; i++) {
            Tasks.Request request =
                    new Tasks.Request(
                            "work",
                            null,
                            "hold",
                            "{\"gate\":\"" + gate + "\"}",
                            StartOptions.DIRECT,
                            "test",
                            id);
            assertThat(one.tasks().start(request)).isEqualTo(id);
            assertThat(one.scheduler().placed()).isEqualTo(1);
        }
        hold(one, StartOptions.DIRECT);
        await(() -> running().equals(List.of("one 2")));
    }

    @Test
    void aTaskThatRunsWhileAllThatIsHeldIsReadAgainAndAgainHoldsOnePlace() throws Exception {
        Rowhouse one = node("one", 4);
        awaitScheduler();
        await(() -> one.scheduler().nodes() == 1);
        hold(one, StartOptions.DIRECT);
        StartOptions options = StartOptions.DIRECT.need(Need.cores(1_000));
        for (int i = 0; i < 50; i++) {
            rows("select pg_notify('rowhouse', 'nodes')::text");
            TaskId next = one.start("work/devices", null, Devices.class, options).id();
            assertThat(one.tasks().await(next, SOON).outputJson()).isNotEmpty();
        }
        holdMany(one, 3);
        await(() -> running().equals(List.of("one 4")));
    }

    @Test
    void tasksThatWaitFollowOthersAtTheirPlacesAndNoPlaceIsGivenTwice() throws Exception {
        Rowhouse one = node("one", 2);
        awaitScheduler();
        node("two", 3);
        await(() -> one.scheduler().nodes() == 2);
        holdMany(one, 5); // so that the others wait, however slowly they are started
        await(() -> running().equals(List.of("one 2", "two 3")));
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            tasks.add(one.start("work/brief", null, Beside.class, StartOptions.DIRECT).id());
        }
        await(() ->
                !rows("select 1 from rowhouse.scheduler where next_need is not null").isEmpty());
        GATES.get(gate).countDown();
        makeGate();
        for (TaskId task : tasks) {
            assertThat(one.tasks().await(task, SOON).state()).isEqualTo(TaskState.SUCCEEDED);
        }
        assertThat(
                        rows(
                                """
                                select n.name
                                from rowhouse.task as t join rowhouse.node as n on n.number = t.node
                                where t.function = 'brief'
                                    and (t.output ->> 'tasks')::integer > case n.name when 'one' then 2 else 3 end
                                """))
                .as("nodes on which more ran at once than they have cores")
                .isEmpty();
        await(() -> one.scheduler().placed() == 0);
        holdMany(one, 5);
        await(() -> running().equals(List.of("one 2", "two 3")));
    }

    @Test
    void nobodyFollowsWhileTwoClassesWaitOrThePolicyIsAnotherOne() throws Exception {
        Rowhouse one = node("one", 1);
        awaitScheduler();
        await(() -> one.scheduler().nodes() == 1);
        holdMany(one, 2);
        await(() ->
                !rows("select 1 from rowhouse.scheduler where next_need is not null").isEmpty());
        hold(one, StartOptions.DIRECT.need(Need.cores(500)));
        await(() -> !rows("select 1 from rowhouse.scheduler where next_need is null").isEmpty());
        rows("select rowhouse.set_policy('none')");
        await(() -> one.scheduler().placed() == 1);
        GATES.get(gate).countDown();
        await(() -> running().isEmpty());
        assertThat(rows("select count(*) from rowhouse.task where state = 'ready' and placed = -1"))
                .containsExactly("2");
    }

    @Test
    void aTaskOfALimitedQueueHoldsNoPlaceWhileItsQueueIsFull() throws Exception {
        Rowhouse one = node("one", 4);
        awaitScheduler();
        rows("select rowhouse.set_queue('narrow', concurrency => 1)");
        for (int i = 0; i < 4; i++) {
            hold(one, StartOptions.inQueue("narrow"));
        }
        await(() -> running().equals(List.of("one 1")));
        holdMany(one, 3);
        await(() -> running().equals(List.of("one 4")));
    }

    @Test
    void anotherNodeTakesTheOfficeOverAndGoesOn() throws Exception {
        Rowhouse one = node("one", 1);
        awaitScheduler();
        Rowhouse two = node("two", 2);
        Rowhouse three = node("three", 2);
        await(() -> one.scheduler().nodes() == 3);
        holdMany(three, 5);
        await(() -> running().equals(List.of("one 1", "three 2", "two 2")));
        // The first node has the database: the second is asked to go instead, if it is in office.
        rows("update rowhouse.node set cordoned_at = now() where name = 'one' returning name");
        rows("update rowhouse.scheduler set node = 0 returning node");
        open.remove(two);
        two.close();
        GATES.get(gate).countDown();
        await(() ->
                rows("select count(*) from rowhouse.task where state = 'succeeded'")
                        .equals(List.of("5")));
    }

    private List<String> explained(TaskId task) throws SQLException {
        return rows("select sentence from rowhouse.explain_task(?)", task.value());
    }

    @Test
    void aTaskThatFitsNowhereWaitsAndSaysWhatIsMissing() throws Exception {
        Rowhouse one = node("one", 2);
        awaitScheduler();
        TaskId big = hold(one, StartOptions.DIRECT.need(Need.cores(64_000)));
        TaskId gpu = hold(one, StartOptions.DIRECT.need(Need.cores(1_000).devices(2, "V100")));
        assertThat(explained(big))
                .anyMatch(sentence ->
                        sentence.startsWith(
                                "It needs 64 cores; no node has 64 cores; nearest: node one has 2"
                                        + " cores, "))
                .last()
                .asString()
                .startsWith("What would unblock it: A node with 64 cores must come up");
        assertThat(explained(gpu))
                .anyMatch(sentence ->
                        sentence.startsWith(
                                "It needs 2 x V100, 1 core; no node has 2 x V100; nearest: node one"
                                        + " has no V100, 2 cores, "));
    }

    @Test
    void theNearestNodeIsTheOneThatMeetsMostOfANeed() throws Exception {
        Rowhouse one = node("one", 2);
        node("two", 8);
        awaitDiscovery("two");
        rows(
                """
                insert into rowhouse.topology (node, part, parent, kind, name, class, share_milli)
                select 'two', 50000, 0, 'device', 'V100', 'gpu', 1
                returning node
                """);
        awaitScheduler();
        TaskId gpu = hold(one, StartOptions.DIRECT.need(Need.cores(1_000).devices(2, "V100")));
        assertThat(explained(gpu))
                .anyMatch(sentence ->
                        sentence.contains(
                                "no node has 2 x V100; nearest: node two has 1 x V100, 8 cores, "));
        TaskId edge =
                hold(one, StartOptions.DIRECT.need(Need.cores(500).labels("ssd").tier("edge")));
        assertThat(explained(edge))
                .anyMatch(sentence ->
                        sentence.startsWith(
                                        "It needs 0.5 cores, the label ssd, the tier edge; no node"
                                            + " has the label ssd or the tier edge; nearest: node"
                                            + " two has 8 cores, ")
                                && sentence.endsWith(", no labels, the tier cloud."));
    }

    @Test
    void aTaskThatWaitsForRoomSaysWhichNodesAreFull() throws Exception {
        Rowhouse one = node("one", 2);
        awaitScheduler();
        holdMany(one, 1);
        await(() -> running().equals(List.of("one 1")));
        TaskId next = hold(one, StartOptions.DIRECT.need(Need.cores(1_500)));
        assertThat(explained(next))
                .contains(
                        "It needs 1.5 cores: 1 node could run it, which is full now; node one has 1"
                                + " of 2 cores left.")
                .last()
                .asString()
                .startsWith("What would unblock it: What runs there must end");
    }

    @Test
    void aTaskSaysWhereItIsPlacedAndWhenNobodyPlacesIt() throws Exception {
        Rowhouse one = node("one", 2);
        awaitScheduler();
        rows("select rowhouse.set_queue('still')::text");
        rows("select rowhouse.pause_queue('still')::text");
        TaskId task = hold(one, StartOptions.inQueue("still"));
        String unplaced = "update rowhouse.task set placed = -1 where need is not null";
        try (Connection connection = one.database().connect("test")) {
            connection.setAutoCommit(false);
            assertThat(explainedAfter(connection, unplaced, task))
                    .contains("It needs 1 core: 1 node could run it, and has room now.")
                    .anyMatch(sentence ->
                            sentence.startsWith("The policy least-loaded, version 1, is"));
            connection.rollback();
            assertThat(
                            explainedAfter(
                                    connection,
                                    unplaced + "; select rowhouse.set_policy('none')",
                                    task))
                    .anyMatch(sentence -> sentence.startsWith("The policy none is in force since"));
            connection.rollback();
            assertThat(
                            explainedAfter(
                                    connection,
                                    unplaced + "; update rowhouse.scheduler set node = 0",
                                    task))
                    .contains("No node is the scheduler, so nothing is placed.");
            connection.rollback();
            assertThat(
                            explainedAfter(
                                    connection,
                                    "update rowhouse.task set placed = (select max(number) from"
                                            + " rowhouse.node) where need is not null",
                                    task))
                    .contains("It needs 1 core. It is placed on node one, which claims it next.");
            connection.rollback();
        }
    }

    private static List<String> explainedAfter(Connection connection, String change, TaskId task)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(change)) {
            statement.execute();
        }
        List<String> sentences = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement("select sentence from rowhouse.explain_task(?)")) {
            statement.setObject(1, task.value());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    sentences.add(row.getString(1));
                }
            }
        }
        return sentences;
    }

    @Test
    void devicesAreSharedAndToldToTheTask() throws Exception {
        Rowhouse one = node("one", 8);
        awaitDiscovery("one");
        rows(
                """
                insert into rowhouse.topology (node, part, parent, kind, name, class, share_milli)
                select 'one', 50000 + g, 0, 'device', 'T4', 'gpu', 1 from generate_series(0, 1) as g
                returning node
                """);
        rows("select pg_notify('rowhouse', 'nodes')::text");
        awaitScheduler();
        Need half = Need.cores(1_000).devices(1, "T4").share(500);
        StartOptions options = StartOptions.DIRECT.need(half);
        for (int i = 0; i < 4; i++) {
            hold(one, options);
        }
        await(() -> running().equals(List.of("one 4")));
        assertThat(
                        rows(
                                "select devices || ' ' || count(*) from rowhouse.task"
                                        + " group by devices order by devices"))
                .containsExactly("1 2", "2 2");
        TaskId next = one.start("work/devices", null, Devices.class, options).id();
        GATES.get(gate).countDown();
        assertThat(one.tasks().await(next, SOON).outputJson())
                .matches("\\{\"numbers\":\\[[01]\\]\\}");
    }

    @Test
    void policiesAreSwitchedUnderLoadAndNoTaskIsLostOrRunsTwice() throws Exception {
        Rowhouse one = node("one", 2);
        awaitScheduler();
        Rowhouse two = node("two", 2);
        await(() -> one.scheduler().nodes() == 2);
        GATES.get(gate).countDown();
        List<String> policies =
                List.of(
                        "fifo",
                        "best-fit",
                        "random",
                        "least-loaded",
                        "dot-product",
                        "gpu-packing",
                        "fgd",
                        "gpu-clustering",
                        "locality",
                        "fifo");
        int started = 0;
        for (String policy : policies) {
            rows("select rowhouse.set_policy(?)", policy);
            for (int i = 0; i < 20; i++) {
                hold(i % 2 == 0 ? one : two, StartOptions.DIRECT);
                started++;
            }
        }
        String all = String.valueOf(started);
        await(() ->
                rows("select count(*) from rowhouse.task where state = 'succeeded'")
                        .equals(List.of(all)));
        assertThat(RUNS).as("runs of " + started + " tasks").hasValue(started);
        assertThat(rows("select count(*) from rowhouse.policy_change where cause = 'set'"))
                .containsExactly(String.valueOf(policies.size()));
    }

    @Test
    void aPolicyThatNeverEndsOrPlacesNonsenseIsFencedAndTheOneBeforeTakesOver() throws Exception {
        Rowhouse one = node("one", 4);
        awaitScheduler();
        List<String> bad =
                List.of(
                        "select c.task, c.node, c.device, count(*) as score from candidate as c,"
                                + " generate_series(1, 1000000000) as g group by 1, 2, 3",
                        "select task, 'nowhere' as node, device, 0 as score from candidate"
                                + " limit 10",
                        "select task, node, device, 1 / 0 as score from candidate limit 10",
                        "select t.id::text as task, 'one' as node, -1 as device, 0 as score from"
                                + " rowhouse.task as t",
                        "delete from candidate",
                        "this is not SQL");
        for (String text : bad) {
            rows("select rowhouse.put_policy('bad', ?)", text);
            rows("select rowhouse.set_policy('bad')");
            await(() -> {
                StartOptions options = StartOptions.DIRECT.need(Need.cores(1_000));
                TaskId task = one.start("work/devices", null, Devices.class, options).id();
                assertThat(one.tasks().await(task, SOON).state().ended()).as(text).isTrue();
                return rows("select cause || ' ' || name from rowhouse.policy_change order by"
                                + " number desc limit 1")
                        .equals(List.of("fence least-loaded"));
            });
            List<String> ms =
                    rows(
                            "select round(1000 * extract(epoch from at - lag(at) over (order by"
                                    + " number))) from rowhouse.policy_change order by number desc"
                                    + " limit 1");
            System.out.println("fenced after " + ms.getFirst() + " ms: " + text);
            assertThat(
                            rows(
                                    "select detail from rowhouse.policy_change order by number desc"
                                            + " limit 1"))
                    .as(text)
                    .allMatch(detail -> detail.contains("bad") || detail.contains("nowhere"));
        }
    }

    @Test
    void aPolicyThatOnlyPostgresqlCanRunPlacesTasks() throws Exception {
        Rowhouse one = node("one", 2);
        node("two", 2);
        awaitScheduler();
        rows(
                "select rowhouse.put_policy('last', ?)",
                "select task, node, device, row_number() over (partition by task order by node) as"
                        + " score from candidate");
        rows("select rowhouse.set_policy('last')");
        await(() -> one.scheduler().nodes() == 2);
        hold(one, StartOptions.DIRECT);
        hold(one, StartOptions.DIRECT);
        await(() -> running().equals(List.of("two 2")));
        assertThat(rows("select cause from rowhouse.policy_change order by number desc limit 1"))
                .containsExactly("set");
    }

    @Test
    void anUnknownPolicyIsRefusedWithTheNamesThereAre() {
        node("one", 1);
        assertThatThrownBy(() -> rows("select rowhouse.set_policy('best')"))
                .hasMessageContaining("There is no policy 'best'");
    }
}
