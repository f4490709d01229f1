package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.store.Connections;

/**
 * What happens to tasks when the database goes away at a bad moment, and when their code is vile.
 */
class FaultsTest extends LiveNode {
    /** How many commits of transaction steps happen without an answer. */
    private final AtomicInteger commitsLost = new AtomicInteger();

    /** How many connections for these purposes are refused after the next loss. */
    private final AtomicInteger refused = new AtomicInteger();

    private volatile String refusedPurpose = "none";

    @Override
    Connections connections() {
        return purpose -> {
            if (purpose.startsWith(refusedPurpose) && refused.getAndDecrement() > 0) {
                throw new SQLException("the server is away", "08001");
            }
            Connection connection = database.connect(purpose);
            return purpose.equals("rowhouse-transactions") ? losingCommits(connection) : connection;
        };
    }

    private Connection losingCommits(Connection connection) {
        return (Connection)
                Proxy.newProxyInstance(
                        FaultsTest.class.getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (proxy, method, arguments) -> {
                            try {
                                Object result = method.invoke(connection, arguments);
                                if (method.getName().equals("commit")
                                        && commitsLost.getAndDecrement() > 0) {
                                    connection.close();
                                    throw new SQLException("no answer", "08006");
                                }
                                return result;
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                        });
    }

    @Test
    void aTransactionStepWhoseCommitWasNotAnsweredHappensOnce() throws Exception {
        commitsLost.set(1);
        assertThat(outcome(pay(0)).outputJson()).isEqualTo("1");
        assertThat(database.rows("select n from public.paid")).containsExactly("1");
    }

    @Test
    void aTransactionStepIsNotSaidToHaveFailedWhileNobodyCanTell() throws Exception {
        commitsLost.set(1);
        refusedPurpose = "rowhouse-transactions";
        TaskId id = pay(2 * TaskBounds.CONFLICTS_MAX);
        assertThat(outcome(id).error()).isNull();
        assertThat(outcome(id).outputJson()).isEqualTo("1");
        assertThat(database.rows("select n from public.paid")).containsExactly("1");
        assertThat(refused)
                .as("the first attempt's other tries")
                .hasValue(TaskBounds.CONFLICTS_MAX + 1);
    }

    /** A transaction step; so many connections are refused once it has begun. */
    private TaskId pay(int refusals) throws SQLException {
        database.run("drop table if exists public.paid; create table public.paid (n int)");
        functions.workflow(
                "pay",
                input ->
                        Task.transaction(
                                "pay",
                                Integer.class,
                                sql -> {
                                    refused.set(refusals);
                                    try (Statement statement = sql.createStatement()) {
                                        return statement.executeUpdate(
                                                "insert into public.paid values (1)");
                                    }
                                }));
        return start("pay");
    }

    @Test
    void aTransactionStepWhoseOwnSqlIsRefusedFailsAtOnceAndLeavesNothing() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        functions.workflow(
                "bad",
                input ->
                        Task.transaction(
                                "bad",
                                Integer.class,
                                sql -> {
                                    tries.incrementAndGet();
                                    throw new SQLException("another server is away", "08001");
                                }));
        Tasks.Outcome outcome = outcome(start("bad"));
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
        assertThat(outcome.error().message()).contains("another server is away");
        assertThat(tries).hasValue(1);
    }

    @Test
    void aDatabaseThatStaysAwayFailsNoTask() throws Exception {
        AtomicInteger first = new AtomicInteger();
        functions.workflow(
                "steps",
                input ->
                        Task.step("one", Integer.class, first::incrementAndGet)
                                + Task.step("two", Integer.class, () -> 10 * loseLanesOnce())
                                + Task.step("three", Integer.class, () -> 100));
        Tasks.Outcome outcome = outcome(start("steps"));
        assertThat(outcome.error()).isNull();
        assertThat(outcome.outputJson()).isEqualTo("111");
    }

    private int loseLanesOnce() throws SQLException {
        if (refusedPurpose.equals("none")) {
            refused.set(1); // the record of this step, and nothing after it
            refusedPurpose = "rowhouse-lane-" + Task.info().id().bucket();
            database.rows(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name"
                            + " like '%lane%'");
        }
        return 1;
    }

    /** An exception that cannot even be told. */
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("not even that");
        }
    }

    @Test
    void anExceptionThatThrowsWhenItIsAskedFailsItsTask() {
        functions.function(
                "vile",
                1,
                input -> {
                    throw new Unspeakable();
                });
        Tasks.Outcome outcome = outcome(start("vile"));
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
        assertThat(outcome.error().type()).isEqualTo(Unspeakable.class.getName());
        assertThat(outcome.error().stack()).contains("cannot tell");
    }

    @Test
    void linesOfAnOldAttemptOrOfATaskThatIsGoneAreNotKept() throws Exception {
        functions.workflow(
                "talk",
                input -> {
                    Task.log("kept");
                    return 1;
                });
        TaskId id = start("talk");
        outcome(id);
        for (var line :
                List.of(
                        new Calls.LogLine(id.bucket(), id.value(), 0, 0, "of an old attempt"),
                        new Calls.LogLine(0, TaskId.create(0, 1).value(), 1, 0, "of no task"))) {
            kernel.call(Calls.LOG, line);
        }
        assertThat(database.rows("select line from rowhouse.task_log")).containsExactly("kept");
    }
}
