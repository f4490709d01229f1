package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/** The SQL functions on live tasks. */
class OperationsTest {
    private ScratchDatabase database;
    private String home;
    private int homeBucket;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        database.run(
                "select rowhouse.set_queue('mail'), rowhouse.set_queue('bulk', spread => true)");
        homeBucket = Integer.parseInt(database.value("select rowhouse.home_of('mail')"));
        home = "select rowhouse.start_task('c', 'f', queue => 'mail')";
    }

    @AfterEach
    void everyTransitionWasLegal() throws Exception {
        assertThat(TransitionChecker.check(database)).isEmpty();
    }

    private UUID task(String state) throws SQLException {
        UUID id = database.id(home);
        database.bring(id, state);
        return id;
    }

    private String outcome(String call, UUID id) throws SQLException {
        return database.value("select outcome from rowhouse." + call, (Object) new UUID[] {id});
    }

    private String state(UUID id) throws SQLException {
        return database.value("select state from rowhouse.task where id = ?", id);
    }

    private List<String> events(UUID id) throws SQLException {
        return database.rows(
                "select cause, state, detail ->> 'by' from rowhouse.task_event where task = ? order"
                        + " by number",
                id);
    }

    @Test
    void aStartedTaskIsReadyInItsQueuesBucket() throws Exception {
        UUID id =
                database.id(
                        "select rowhouse.start_task('c', 'g', '{\"n\": 1}', 'mail', 7, null, null,"
                                + " null, 'eu')");
        assertThat(new TaskId(id).bucket()).isEqualTo(homeBucket);
        assertThat(TaskId.parse(id.toString()).value()).isEqualTo(id);
        assertThat(
                        database.value(
                                "select state, version, priority, partition, input, deadline -"
                                        + " created_at from rowhouse.task where id = ?",
                                id))
                .isEqualTo("ready 1 7 eu {\"n\": 1} 01:00:00");
        assertThat(events(id))
                .containsExactly(
                        "start ready postgres"
                                .replace("postgres", database.value("select current_user")));
    }

    @Test
    void aDelayedTaskWaitsAndOneWithAKnownIdOrKeyIsLeftAsItIs() throws Exception {
        UUID delayed = database.id("select rowhouse.start_task('c', 'f', delay => '1 hour')");
        assertThat(state(delayed)).isEqualTo("waiting");
        UUID keyed =
                database.id(
                        "select rowhouse.start_task('c', 'f', queue => 'bulk', deduplication =>"
                                + " 'k')");
        for (int i = 0; i < 10; i++) {
            assertThat(
                            database.id(
                                    "select rowhouse.start_task('c', 'f', queue => 'bulk',"
                                            + " deduplication => 'k')"))
                    .isEqualTo(keyed);
        }
        assertThat(
                        database.id(
                                "select rowhouse.start_task('c', 'f', queue => 'bulk', id => ?)",
                                keyed))
                .isEqualTo(keyed);
        database.bring(keyed, "succeeded");
        assertThat(
                        database.id(
                                "select rowhouse.start_task('c', 'f', queue => 'bulk',"
                                        + " deduplication => 'k')"))
                .isNotEqualTo(keyed);
    }

    @Test
    void badStartsAreRefusedInWords() {
        assertRefused("start_task('c', 'f', delay => '-1 second')", "RH001", "A delay must be");
        assertRefused("start_task('c', 'f', timeout => '0')", "RH001", "A time-out must be");
        assertRefused(
                "start_task('c', 'f', priority => 2000)", "RH001", "-1000 to 1000, but is 2000");
        assertRefused(
                "start_task('c', 'nope')", "RH002", "There is no function 'nope' in component 'c'");
        assertRefused("start_task('c', 'f', version => '9')", "RH002", "version '9'");
        assertRefused(
                "start_task('c', 'f', queue => E'no\\n\"; drop table')",
                "RH002",
                "There is no queue 'no?\"; drop table'");
        assertRefused("start_task('c', 'f', deduplication => 'k')", "RH001", "needs a queue");
        assertRefused(
                "start_task('c', 'f', queue => 'bulk', deduplication => '')", "RH001", "1 to 256");
        assertRefused(
                "start_task('c', 'f', input => to_jsonb(repeat('x', 2000000)))",
                "RH001",
                "too large");
        assertRefused("start_task('c', 'f', id => gen_random_uuid())", "RH001", "not an id");
        assertRefused("start_task(null, null)", "RH002", "There is no function null");
    }

    private void assertRefused(String call, String code, String words) {
        assertThatThrownBy(() -> database.rows("select * from rowhouse." + call))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        e -> {
                            assertThat(e.getMessage()).contains(words).contains("Hint: ");
                            assertThat(e.getSQLState()).isEqualTo(code);
                        });
    }

    @Test
    void cancelEndsWhatWaitsAndAsksWhatRuns() throws Exception {
        for (TaskState state : TaskState.values()) {
            UUID id = task(state.sqlName());
            String expected = state.ended() ? "it has ended already: " + state.sqlName() : "done";
            assertThat(outcome("cancel_tasks(?)", id)).as(state.name()).isEqualTo(expected);
            assertThat(state(id))
                    .isEqualTo(
                            state.ended() || state == TaskState.RUNNING
                                    ? state.sqlName()
                                    : "cancelled");
        }
        assertThat(
                        database.rows(
                                "select cancel_requested, ended_at from rowhouse.task where state ="
                                        + " 'running'"))
                .containsExactly("t null");
        UUID running = database.id("select id from rowhouse.task where state = 'running'");
        assertThat(outcome("cancel_tasks(?)", running)).startsWith("it was asked to end before");
        assertThat(outcome("cancel_tasks(?)", UUID.randomUUID()))
                .isEqualTo("there is no task with this id");
        assertThat(database.rows("select * from rowhouse.cancel_tasks(null)")).isEmpty();
    }

    @Test
    void cancelReachesDescendantsInOtherBucketsUnlessToldNotTo() throws Exception {
        for (boolean children : List.of(true, false)) {
            UUID parent = task("waiting");
            UUID child = database.child(parent, 0, 0, 1 - homeBucket);
            UUID grandchild = database.child(child, 2, 0, homeBucket);
            UUID done = database.child(parent, 0, 1, 1 - homeBucket);
            database.bring(done, "succeeded");
            assertThat(
                            database.rows(
                                    "select id from rowhouse.cancel_tasks(?, ?)",
                                    new UUID[] {parent},
                                    children))
                    .hasSize(children ? 3 : 1);
            assertThat(state(parent)).isEqualTo("cancelled");
            assertThat(state(child)).isEqualTo(children ? "cancelled" : "ready");
            assertThat(state(grandchild)).isEqualTo(children ? "cancelled" : "ready");
            assertThat(state(done)).isEqualTo("succeeded");
        }
    }

    @Test
    void resumeKeepsTheStepsAndRetryForgetsThem() throws Exception {
        for (TaskState state : TaskState.values()) {
            boolean may = state.next().contains(TaskState.READY) && state.ended();
            for (String call : List.of("resume_tasks(?)", "retry_tasks(?)")) {
                UUID id = task(state.sqlName());
                database.step(id, 0, "plain", true, "1", null);
                database.step(id, 1, "plain", true, null, "{\"message\": \"broken\"}");
                String outcome = outcome(call, id);
                assertThat(outcome.equals("done"))
                        .as(call + " of " + state + ": " + outcome)
                        .isEqualTo(may);
                assertThat(state(id)).isEqualTo(may ? "ready" : state.sqlName());
                String steps =
                        database.value("select count(*) from rowhouse.step where task = ?", id);
                assertThat(steps).isEqualTo(!may ? "2" : call.startsWith("resume") ? "1" : "0");
                if (state == TaskState.PARKED) {
                    assertThat(database.value("select crashes from rowhouse.task where id = ?", id))
                            .isEqualTo(call.startsWith("resume") ? "3" : "0");
                }
            }
        }
    }

    @Test
    void aTaskThatRanPastItsDeadlineGetsAsLongAgain() throws Exception {
        UUID id =
                database.id(
                        "select rowhouse.start_task('c', 'f', queue => 'mail', timeout => '1"
                                + " hour')");
        database.bring(id, "failed");
        database.rows(
                "update rowhouse.task set created_at = now() - interval '2 hours', deadline = now()"
                        + " - interval '1 hour' where id = ?",
                id);
        assertThat(outcome("resume_tasks(?)", id)).isEqualTo("done");
        assertThat(
                        database.value(
                                "select round(extract(epoch from deadline - now())) between 3500"
                                        + " and 3600 from rowhouse.task where id = ?",
                                id))
                .isEqualTo("t");
    }

    @Test
    void resumeTakesAlongTheChildrenThatTheParentStillWaitsFor() throws Exception {
        UUID parent = task("failed");
        database.step(parent, 0, "children", true, "{}", null);
        database.step(parent, 1, "plain", true, "1", null);
        database.step(parent, 2, "children", true, "{}", null);
        UUID seen = database.child(parent, 0, 0, 1 - homeBucket);
        UUID unseen = database.child(parent, 2, 0, 1 - homeBucket);
        UUID succeeded = database.child(parent, 2, 1, 1 - homeBucket);
        database.bring(seen, "failed");
        database.bring(unseen, "parked");
        database.bring(succeeded, "succeeded");

        assertThat(
                        database.rows(
                                "select outcome from rowhouse.resume_tasks(?)",
                                (Object) new UUID[] {parent}))
                .containsExactly("done", "done");
        assertThat(List.of(state(parent), state(seen), state(unseen), state(succeeded)))
                .containsExactly("ready", "failed", "ready", "succeeded");
    }

    @Test
    void retryForgetsWhatTheTaskStartedButNotWhileThatIsAlive() throws Exception {
        UUID parent = task("failed");
        UUID child = database.child(parent, 0, 0, 1 - homeBucket);
        assertThat(outcome("retry_tasks(?)", parent))
                .isEqualTo("tasks that it started have not ended: cancel them first");
        database.bring(child, "failed");
        database.step(child, 0, "plain", true, "1", null);
        assertThat(
                        database.rows(
                                "select * from rowhouse.retry_tasks(?)",
                                (Object) new UUID[] {parent, child}))
                .containsExactlyInAnyOrder(
                        parent + " done",
                        child + " the task that started it begins afresh and starts it again");
        assertThat(database.rows("select id from rowhouse.task"))
                .containsExactly(parent.toString());
        assertThat(database.rows("select 1 from rowhouse.step")).isEmpty();
    }

    @Test
    void aTaskWhoseDeduplicationKeyIsTakenIsNotResumed() throws Exception {
        String start =
                "select rowhouse.start_task('c', 'f', queue => 'mail', deduplication => 'k')";
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(database.id(start));
            database.bring(ids.get(i), "failed");
        }
        assertThat(
                        database.rows(
                                "select outcome from rowhouse.resume_tasks(?)",
                                (Object) ids.toArray(UUID[]::new)))
                .filteredOn("done"::equals)
                .hasSize(1);
        assertThat(state(ids.getLast())).isEqualTo("ready");
        assertThat(outcome("resume_tasks(?)", ids.getFirst()))
                .isEqualTo(
                        "task "
                                + ids.getLast()
                                + " has its deduplication key: wait for that one or cancel it");
    }

    @Test
    void aForkTakesOverTheStepsAndEndedChildrenBeforeItsPlace() throws Exception {
        UUID old = task("failed");
        database.step(old, 0, "plain", true, "\"kept\"", null);
        database.step(old, 1, "children", true, "{\"bucket\": 0, \"count\": 1}", null);
        database.step(old, 2, "plain", true, null, "{\"message\": \"broken\"}");
        UUID child = database.child(old, 1, 0, 1 - homeBucket);
        assertRefused("fork_task('" + old + "', 2)", "RH003", "have not ended");
        database.bring(child, "succeeded");
        database.rows("update rowhouse.task set output = '42' where id = ?", child);

        UUID fork = database.id("select rowhouse.fork_task(?, 2)", old);
        assertThat(
                        database.value(
                                "select state, version, queue, forked_from, root = id from"
                                        + " rowhouse.task where id = ?",
                                fork))
                .isEqualTo("ready 1 mail " + old + " t");
        assertThat(
                        database.rows(
                                "select number, output from rowhouse.step where task = ? order by"
                                        + " number",
                                fork))
                .hasSize(2)
                .first()
                .isEqualTo("0 \"kept\"");
        TaskId of = new TaskId(fork);
        assertThat(
                        database.value(
                                "select id, state, output from rowhouse.task where parent = ?",
                                fork))
                .isEqualTo(
                        TaskId.derived(1 - homeBucket, of.epochMs(), of.toString(), 1, 0)
                                + " succeeded 42");
        assertThat(events(fork)).hasSize(1).first().asString().startsWith("fork ready ");
    }

    @Test
    void aForkMayTakeAnotherVersionAndAQueueOfAnotherBucket() throws Exception {
        UUID old = task("succeeded");
        database.step(old, 0, "plain", true, "1", null);
        database.run(
                "update rowhouse.queue set bucket = " + (1 - homeBucket) + " where name = 'bulk'");
        UUID fork = database.id("select rowhouse.fork_task(?, 1, '2', 'bulk')", old);
        assertThat(new TaskId(fork).bucket()).isEqualTo(1 - homeBucket);
        assertThat(database.value("select version, queue from rowhouse.task where id = ?", fork))
                .isEqualTo("2 bulk");
        assertThat(database.value("select bucket from rowhouse.step where task = ?", fork))
                .isEqualTo("" + (1 - homeBucket));
    }

    @Test
    void badForksAreRefusedInWords() throws Exception {
        UUID id = task("waiting");
        database.step(id, 0, "plain", true, "1", null);
        database.step(id, 1, "sleep", false, null, null);
        assertRefused(
                "fork_task('" + id + "', 3)", "RH001", "Step 3 cannot be where the fork begins");
        assertRefused("fork_task('" + id + "', -1)", "RH001", "Step -1");
        assertRefused("fork_task('" + id + "', null)", "RH001", "Step null");
        assertRefused("fork_task('" + id + "', 2)", "RH003", "not done");
        assertRefused("fork_task('" + id + "', 0, '9')", "RH002", "version '9'");
        assertRefused("fork_task(gen_random_uuid(), 0)", "RH002", "There is no task");
        assertRefused("fork_task(null, 0)", "RH002", "There is no task null");
    }

    @Test
    void tasksMoveBetweenQueuesOfTheirBucket() throws Exception {
        for (TaskState state : TaskState.values()) {
            UUID id = task(state.sqlName());
            boolean may = state != TaskState.RUNNING && state != TaskState.SUCCEEDED;
            assertThat(outcome("move_tasks(?, 'bulk')", id).equals("done"))
                    .as(state.name())
                    .isEqualTo(may);
            assertThat(database.value("select queue, state from rowhouse.task where id = ?", id))
                    .isEqualTo((may ? "bulk " : "mail ") + state.sqlName());
            assertThat(outcome("move_tasks(?, 'mail')", id)).isEqualTo("done");
        }
        UUID id = task("ready");
        database.run(
                "update rowhouse.queue set bucket = " + (1 - homeBucket) + " where name = 'bulk'");
        assertThat(outcome("move_tasks(?, 'bulk')", id))
                .startsWith("queue bulk lives in another bucket: start it there");
        assertRefused(
                "move_tasks(array['" + id + "'::uuid], 'nope')", "RH002", "There is no queue");
    }

    @Test
    void aTaskDoesNotMoveToWhereItsDeduplicationKeyIsTaken() throws Exception {
        database.run("update rowhouse.queue set bucket = " + homeBucket + " where name = 'bulk'");
        UUID here =
                database.id(
                        "select rowhouse.start_task('c', 'f', queue => 'mail', deduplication =>"
                                + " 'k')");
        UUID there =
                database.id(
                        "select rowhouse.start_task('c', 'f', queue => 'bulk', deduplication =>"
                                + " 'k')");
        assertThat(outcome("move_tasks(?, 'bulk')", here))
                .isEqualTo("task " + there + " has its deduplication key in that queue");
        database.bring(there, "succeeded");
        assertThat(outcome("move_tasks(?, 'bulk')", here)).isEqualTo("done");
    }

    @Test
    void prioritiesAndVersionsChangeWithAnEvent() throws Exception {
        UUID id = task("ready");
        assertThat(outcome("prioritise_tasks(?, 9)", id)).isEqualTo("done");
        assertThat(outcome("move_to_version(?, '2')", id)).isEqualTo("done");
        assertThat(outcome("move_to_version(?, '3')", id))
                .isEqualTo("component c has no version '3' with function f");
        assertThat(database.value("select priority, version from rowhouse.task where id = ?", id))
                .isEqualTo("9 2");
        assertThat(
                        database.rows(
                                "select detail - 'by' from rowhouse.task_event where task = ? and"
                                        + " cause = 'change' order by number",
                                id))
                .containsExactly(
                        "{\"was\": 0, \"priority\": 9}", "{\"was\": \"1\", \"version\": \"2\"}");
        assertThat(outcome("move_to_version(?, '2')", task("running"))).startsWith("it is running");
        assertThat(outcome("prioritise_tasks(?, 9)", task("succeeded")))
                .isEqualTo("it has ended already: succeeded");
        assertRefused("prioritise_tasks('{}', 1001)", "RH001", "but is 1001");
        assertRefused("move_to_version('{}', null)", "RH001", "A version is missing");
    }

    @Test
    void bulkOperationsTakeWhatAFilterSelects() throws Exception {
        database.run(
                "select rowhouse.start_task('c', 'f', queue => 'bulk') from generate_series(1,"
                        + " 300)");
        database.run(
                "select rowhouse.start_task('d', 'f', queue => 'bulk') from generate_series(1,"
                        + " 20)");
        UUID mail = task("ready");
        assertThat(
                        database.rows(
                                "select * from rowhouse.select_tasks(queue => 'bulk', component =>"
                                        + " 'd')"))
                .hasSize(20);
        assertThat(database.rows("select * from rowhouse.select_tasks(most => 7)")).hasSize(7);
        assertThat(
                        database.rows(
                                "select * from rowhouse.select_tasks(before => now() - interval '1"
                                        + " hour')"))
                .isEmpty();
        assertThat(
                        database.rows(
                                "select distinct outcome from rowhouse.cancel_tasks(array(select"
                                        + " rowhouse.select_tasks('{ready,waiting}', 'bulk')))"))
                .containsExactly("done");
        assertThat(database.value("select count(*) from rowhouse.task where state = 'cancelled'"))
                .isEqualTo("320");
        assertThat(state(mail)).isEqualTo("ready");
        assertRefused("select_tasks('{rady}')", "RH001", "is not a list of states");
        assertRefused("select_tasks(most => 10001)", "RH001", "1 to 10000");
        String many =
                "cancel_tasks(array(select gen_random_uuid() from generate_series(1, 10001)))";
        assertRefused(many, "RH001", "10001 tasks are too many for one call");
    }

    @Test
    void operationsAgainstEachOtherNeitherDeadlockNorBreakATransition() throws Exception {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ids.add(database.id("select rowhouse.start_task('c', 'f', queue => 'bulk')"));
        }
        List<String> calls =
                List.of(
                        "cancel_tasks(?)",
                        "resume_tasks(?)",
                        "retry_tasks(?)",
                        "prioritise_tasks(?, 3)",
                        "move_tasks(?, 'direct')");
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads =
                IntStream.range(0, 10)
                        .mapToObj(n ->
                                Thread.startVirtualThread(() -> {
                                    List<UUID> shuffled = new ArrayList<>(ids);
                                    Collections.shuffle(shuffled, new java.util.Random(n));
                                    try {
                                        for (int round = 0; round < 10; round++) {
                                            database.rows(
                                                    "select * from rowhouse."
                                                            + calls.get(n % calls.size()),
                                                    (Object) shuffled.toArray(UUID[]::new));
                                        }
                                    } catch (SQLException e) {
                                        failures.add(e);
                                    }
                                }))
                        .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void whoAskedStandsInTheEvents() throws Exception {
        UUID id = task("ready");
        database.run(
                "select set_config('rowhouse.user', 'anna', false); select * from"
                        + " rowhouse.cancel_tasks(array['"
                        + id
                        + "'::uuid])");
        assertThat(events(id)).last().isEqualTo("cancel cancelled anna");
        assertThat(database.value("select error ->> 'message' from rowhouse.task where id = ?", id))
                .isEqualTo("Cancelled by anna.");
    }

    @Test
    void idsAndHomesAreTheSameInSqlAndJava() throws Exception {
        assertThat(database.value("select rowhouse.derived_id(5, 1234567890123, 'mäker', 2, -3)"))
                .isEqualTo(TaskId.derived(5, 1234567890123L, "mäker", 2, -3).toString());
        for (String name : List.of("mail", "bulk", "größe", "a", "zz")) {
            database.run("update rowhouse.setting set value = '7' where name = 'key_buckets'");
            assertThat(database.value("select rowhouse.home_of(?)", name))
                    .isEqualTo("" + new Buckets(7, 7).homeOf(name));
        }
        TaskId made = new TaskId(database.id("select rowhouse.new_id(9)"));
        assertThat(made.bucket()).isEqualTo(9);
        assertThat(made.epochMs())
                .isCloseTo(
                        System.currentTimeMillis(), org.assertj.core.data.Offset.offset(60_000L));
        assertThat(database.value("select rowhouse.epoch_ms_of(?)", made.value()))
                .isEqualTo("" + made.epochMs());
    }
}
