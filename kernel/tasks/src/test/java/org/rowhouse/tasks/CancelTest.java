package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/** A cancel that meets a task at any moment of its life ends it, with all that it started. */
class CancelTest extends LiveNode {
    private static final StartOptions MAIL = StartOptions.inQueue("mail");

    private final CountDownLatch running = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);

    /** A workflow that waits until it has been cancelled unheard, and then does the rest. */
    private TaskId cancelBefore(String name, TestFunctions.Code rest) throws Exception {
        functions.workflow(
                "child",
                input -> {
                    Task.sleep(Duration.ofHours(1));
                    return 1;
                });
        functions.workflow(
                name,
                input -> {
                    running.countDown();
                    try {
                        cancelled.await();
                    } catch (InterruptedException e) {
                        // it heard of it, and goes on all the same
                    }
                    return rest.run(input);
                });
        TaskId id = start(name);
        running.await();
        cancelUnheard(id);
        cancelled.countDown();
        return id;
    }

    @Test
    void whatIsAboutToSleepIsCancelledInsteadOfPutAside() throws Exception {
        TaskId id =
                cancelBefore(
                        "sleeper",
                        input -> {
                            Task.sleep(Duration.ofDays(365));
                            return 1;
                        });
        assertThat(outcome(id).state()).isEqualTo(TaskState.CANCELLED);
        assertThat(outcome(id).error().message()).isEqualTo("Someone asked to cancel it.");
    }

    @Test
    void whatIsAboutToWaitForItsChildrenIsCancelledWithThem() throws Exception {
        TaskId id = cancelBefore("parent", input -> Task.start("child", 1, Integer.class).result());
        assertThat(outcome(id).state()).isEqualTo(TaskState.CANCELLED);
        await(() -> unended().isEmpty());
    }

    @Test
    void aFunctionThatWaitsForItsNextTryIsCancelledInstead() throws Exception {
        functions.function(
                "flaky",
                5,
                input -> {
                    running.countDown();
                    cancelled.await();
                    throw new IllegalStateException("no");
                });
        TaskId id = start("flaky");
        running.await();
        database.run("update rowhouse.task set cancel_requested = true");
        cancelled.countDown();
        assertThat(outcome(id).state()).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void whatAWorkflowStartsAfterItWasCancelledIsCancelledToo() throws Exception {
        TaskId id =
                cancelBefore(
                        "parent",
                        input -> {
                            Task.awaitAll(
                                    Task.startAll("child", List.of(1, 2, 3), Integer.class, MAIL));
                            return 1;
                        });
        assertThat(outcome(id).state()).isEqualTo(TaskState.CANCELLED);
        await(() -> unended().isEmpty());
    }

    @Test
    void whatAWorkflowLeavesBehindThatEndsBeforeItHearsOfItsCancelIsCancelled() throws Exception {
        TaskId id =
                cancelBefore(
                        "quick",
                        input -> {
                            Task.startAll("child", List.of(1, 2, 3), Integer.class, MAIL);
                            return 1;
                        });
        assertThat(outcome(id).state()).isEqualTo(TaskState.SUCCEEDED);
        await(() -> unended().isEmpty());
        await(() -> database.rows("select 1 from rowhouse.task where cancel_requested").isEmpty());
    }

    @Test
    void whatACrashBetweenEndAndFollowUpLeavesBehindIsCancelled() throws Exception {
        functions.function("child", 1, input -> 1);
        // The node must not claim what is being made up here.
        database.run("update rowhouse.queue set paused = true where name = 'direct'");
        UUID parent = database.id("select rowhouse.start_task('c', 'f', delay => '1 hour')");
        UUID child = database.child(parent, 0, 0, 0);
        database.run("update rowhouse.task set wake_at = now() + interval '1 hour'");
        database.run("update rowhouse.task set state = 'waiting' where state = 'ready'");
        database.run("update rowhouse.task_event set state = 'waiting'");
        database.bring(parent, "cancelled");
        database.rows(
                "update rowhouse.task_event set detail = '{\"children\": true}' where task = ? and"
                        + " number = 1",
                parent);
        database.rows(
                "update rowhouse.task set cancel_requested = true, wake_at = null where id = ?",
                parent);
        await(() -> unended().isEmpty());
        assertThat(database.value("select state from rowhouse.task where id = ?", child))
                .isEqualTo("cancelled");
    }

    @Test
    void whatIsGivenBackByItsNodeEndsIfSomeoneAskedItTo() throws Exception {
        TaskId id =
                cancelBefore(
                        "stubborn",
                        input -> {
                            new CountDownLatch(1).await();
                            return 1;
                        });
        tasks.close();
        assertThat(database.value("select state from rowhouse.task where id = ?", id.value()))
                .isEqualTo("cancelled");
    }

    @Test
    void whatADeadNodeRanEndsIfSomeoneAskedItTo() throws Exception {
        functions.workflow("f", input -> 1);
        UUID id = database.id("select rowhouse.start_task('c', 'f', delay => '1 hour')");
        database.run("update rowhouse.task set wake_at = null");
        database.run("update rowhouse.task_event set state = 'ready'");
        database.run(
                """
                with moved as (
                    update rowhouse.task
                    set state = 'running', node = -7, attempt = 1, event_count = 2, cancel_requested = true
                    returning *)
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause)
                select bucket, id, 1, 1, 'running', 'claim' from moved
                """);
        assertThat(outcome(new TaskId(id)).state()).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void whatIsStartedWhileACancelLooksAtTheTreeIsCancelledToo() throws Exception {
        UUID parent = database.id("select rowhouse.start_task('c', 'f', delay => '1 hour')");
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select from rowhouse.task for update");
            var cancel =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            return call("cancel_tasks(?)", new TaskId(parent));
                        } catch (java.sql.SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    });
            await(() -> waitsForALock("cancel_tasks"));
            UUID child = database.child(parent, 0, 0, 1 - new TaskId(parent).bucket());
            connection.commit();
            assertThat(cancel.get()).containsExactly("done", "done");
            assertThat(database.value("select state from rowhouse.task where id = ?", child))
                    .isEqualTo("cancelled");
        }
    }
}
