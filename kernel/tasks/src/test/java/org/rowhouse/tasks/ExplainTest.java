package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/**
 * Each situation a task can be in has its sentence, and the last one says what would unblock it.
 */
class ExplainTest {
    private ScratchDatabase database;
    private Explain explain;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        explain = new Explain(database);
        database.run("select rowhouse.set_queue('mail')");
    }

    private void nodeIsUp() throws SQLException {
        database.run(
                "insert into rowhouse.node (name, version, pid, lease_until) values ('n', '1', 1,"
                        + " now() + interval '1 hour')");
    }

    private UUID task() throws SQLException {
        return database.id("select rowhouse.start_task('c', 'f', queue => 'mail')");
    }

    private List<String> sentences(UUID id) {
        return explain.explain(new TaskId(id)).stream().map(Explain.Sentence::sentence).toList();
    }

    private void assertExplained(UUID id, String because, String unblockedBy) {
        List<String> sentences = sentences(id);
        assertThat(sentences).anySatisfy(each -> assertThat(each).contains(because));
        assertThat(sentences.getLast()).startsWith("What would unblock it: ").contains(unblockedBy);
    }

    @Test
    void everySentenceHasItsNumberAndTheRowBehindIt() throws Exception {
        UUID id = task();
        List<Explain.Sentence> sentences = explain.explain(new TaskId(id));
        for (int i = 0; i < sentences.size(); i++) {
            assertThat(sentences.get(i).number()).isEqualTo(i);
        }
        assertThat(sentences.getFirst().sentence())
                .startsWith("Task " + id + " (c/f, version 1) is ready in queue mail;");
        assertThat(sentences.getFirst().relation()).isEqualTo("task");
        assertThat(sentences.getFirst().rowJson())
                .contains(id.toString())
                .doesNotContain("\"input\"");
    }

    @Test
    void noNodeIsUp() throws Exception {
        assertExplained(task(), "No node is up", "`rowhouse up`");
    }

    @Test
    void nothingHoldsItBack() throws Exception {
        nodeIsUp();
        assertExplained(task(), "1 node is up.", "Nothing holds it back");
    }

    @Test
    void itsQueueIsPausedOrGone() throws Exception {
        nodeIsUp();
        UUID id = task();
        database.run("select rowhouse.pause_queue('mail')");
        assertExplained(id, "Queue mail is paused since", "select rowhouse.resume_queue('mail')");
        database.run("delete from rowhouse.queue where name = 'mail'");
        assertExplained(
                id, "Its queue mail does not exist any more", "select rowhouse.set_queue('mail')");
    }

    @Test
    void othersHoldTheSlots() throws Exception {
        nodeIsUp();
        database.run("select rowhouse.set_queue('mail', concurrency => 1)");
        UUID holder = task();
        database.bring(holder, "running");
        UUID id = task();
        assertExplained(
                id,
                "Queue mail runs at most 1 task at once, and so many are running: 1.",
                "concurrency => 2");
        assertExplained(id, "Task " + holder + " holds a slot since", "One of the running tasks");
        database.run(
                "select rowhouse.set_queue('mail', concurrency => 0, concurrency_per_node => 1)");
        assertExplained(
                id,
                "at most 1 task at once on a node, and every node",
                "concurrency_per_node => 2");
    }

    @Test
    void theRateIsUsedUp() throws Exception {
        nodeIsUp();
        database.run("select rowhouse.set_queue('mail', rate_count => 2, rate_period => '1 hour')");
        database.run("update rowhouse.queue set tokens = 0, tokens_at = now() where name = 'mail'");
        assertExplained(
                task(),
                "lets 2 tasks begin in 60.0 minutes, and that is used up; the next may begin in"
                        + " 30.0 minutes",
                "rate_count => 4");
    }

    @Test
    void othersGoFirst() throws Exception {
        nodeIsUp();
        task();
        task();
        UUID id = task();
        assertExplained(id, "Before it in queue mail: 2 tasks", "a higher priority");
        database.run("select rowhouse.set_queue('mail', fair => true)");
        UUID eu =
                database.id(
                        "select rowhouse.start_task('c', 'f', queue => 'mail', partition => 'eu')");
        assertExplained(
                eu,
                "takes turns between partitions; before it in partition 'eu': 0 tasks",
                "Nothing holds it back");
    }

    @Test
    void itsVersionIsGone() throws Exception {
        nodeIsUp();
        UUID id = task();
        database.run(
                "delete from rowhouse.component_function where component = 'c' and version = '1'");
        assertExplained(
                id,
                "Component c has no version '1' with function f any more",
                "rowhouse.move_to_version");
    }

    @Test
    void itSleepsOrItsStartIsDelayed() throws Exception {
        nodeIsUp();
        UUID delayed = database.id("select rowhouse.start_task('c', 'f', delay => '3 days')");
        assertExplained(delayed, "Its start is delayed until", "goes on by itself in 3.0 days");
        UUID asleep = task();
        database.bring(asleep, "waiting");
        database.step(asleep, 0, "sleep", false, null, null);
        database.rows("update rowhouse.task set waiting_step = 0 where id = ?", asleep);
        assertExplained(
                asleep, "It sleeps in step 0 (step 0) until", "goes on by itself in 60.0 minutes");
        database.rows(
                "update rowhouse.task set wake_at = now() - interval '3 days' where id = ?",
                asleep);
        assertExplained(asleep, "3.0 days ago", "Its time has come");
    }

    @Test
    void itWaitsForAnotherTry() throws Exception {
        nodeIsUp();
        UUID plain = task();
        database.bring(plain, "waiting");
        database.rows(
                "update rowhouse.task set error = '{\"message\": \"disk\\nfull\"}' where id = ?",
                plain);
        assertExplained(
                plain, "Attempt 1 failed: disk full. The next one is at", "goes on by itself");
        UUID step = task();
        database.bring(step, "waiting");
        database.step(step, 4, "plain", false, null, "{\"message\": \"no route\"}");
        database.rows("update rowhouse.task set waiting_step = 4 where id = ?", step);
        assertExplained(
                step,
                "Step 4 (step 4) failed at try 1: no route. The next try is at",
                "goes on by itself");
    }

    @Test
    void itWaitsForChildren() throws Exception {
        nodeIsUp();
        UUID parent = task();
        database.bring(parent, "waiting");
        database.rows(
                "update rowhouse.task set waiting_step = 2, wake_at = null where id = ?", parent);
        database.step(
                parent,
                2,
                "children",
                true,
                "{\"function\": \"f\", \"queue\": \"mail\", \"bucket\": 1, \"count\": 3}",
                null);
        UUID first = database.child(parent, 2, 0, 1);
        UUID second = database.child(parent, 2, 1, 1);
        database.bring(database.child(parent, 2, 2, 1), "failed");
        assertExplained(
                parent,
                "It waits for its children of step 2 (f in queue mail): 1 of 3 have ended, 1 of"
                        + " them without success.",
                "What it waits for must end (left: 2)");
        assertExplained(parent, "Child " + second + " is ready.", "`rowhouse explain`");
        assertExplained(
                first, "Step 2 of workflow " + parent + " started it; that one is waiting.", "");
        database.rows("update rowhouse.task set waiting_position = 1 where id = ?", parent);
        assertExplained(
                parent,
                "It waits for child 1 of step 2 (f), task " + second + ", which is ready.",
                "rowhouse explain " + second);
    }

    @Test
    void itRunsOrItsNodeIsDead() throws Exception {
        nodeIsUp();
        UUID id = task();
        database.bring(id, "running");
        database.step(id, 0, "plain", true, "1", null);
        assertExplained(id, "Node n (1) runs it since", "its function is at work");
        assertExplained(id, "Its last recorded step is 0 (step 0), done at", "");
        database.rows("select * from rowhouse.cancel_tasks(?)", (Object) new UUID[] {id});
        assertExplained(id, "Someone asked it to end", "its next step");
        database.run("update rowhouse.node set lease_until = now() - interval '1 second'");
        assertExplained(id, "Node n (1) runs it since", "Its node is dead");
    }

    @Test
    void itsDeadlineItsCrashesAndItsLastErrorAreTold() throws Exception {
        nodeIsUp();
        UUID id =
                database.id(
                        "select rowhouse.start_task('c', 'f', queue => 'mail', timeout => '2"
                                + " hours')");
        database.rows(
                "update rowhouse.task set crashes = 2, error = '{\"message\": \"boom\"}' where id ="
                        + " ?",
                id);
        assertExplained(id, "It must have ended by", "Nothing holds it back");
        assertExplained(id, "Its node died 2 times while running it; at 3 it is set aside.", "");
        assertExplained(id, "Its last error: boom", "");
        database.rows(
                "update rowhouse.task set deadline = now() - interval '1 second' where id = ?", id);
        assertExplained(id, "It must have ended by", "its deadline has passed");
    }

    @Test
    void itHasEnded() throws Exception {
        for (TaskState state : TaskState.values()) {
            if (state.ended()) {
                UUID id = task();
                database.bring(id, state.sqlName());
                switch (state) {
                    case SUCCEEDED -> assertExplained(id, "It succeeded at", "it is done");
                    case FAILED -> assertExplained(id, "It failed at", "rowhouse retry " + id);
                    case CANCELLED ->
                            assertExplained(id, "It was cancelled at", "rowhouse resume " + id);
                    default -> {
                        assertExplained(id, "It was set aside at", "Find out what kills the node");
                        assertExplained(
                                id,
                                "its node died 3 times while running it",
                                "rowhouse retry " + id);
                        assertExplained(id, "Node 1 died while running it, found at", "");
                    }
                }
            }
        }
        UUID late = task();
        database.bring(late, "failed");
        database.rows(
                "update rowhouse.task set error = '{\"code\": 202, \"message\": \"too late\"}'"
                        + " where id = ?",
                late);
        assertExplained(late, "It failed at", "gives it as long again");
    }

    @Test
    void anUnknownTaskIsRefused() {
        assertThatThrownBy(() -> explain.explain(TaskId.create(0, 1)))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                .hasMessageContaining("There is no task");
    }
}
