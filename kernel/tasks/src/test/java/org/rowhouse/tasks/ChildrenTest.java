package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.Child;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/** Parents and children. */
class ChildrenTest extends LiveNode {
    private static final StartOptions MAIL = StartOptions.inQueue("mail");

    /** A record that cannot be written. */
    public record Bad(int number) {
        /** The number, unless it is odd. */
        @Override
        public int number() {
            if (number % 2 == 1) {
                throw new IllegalStateException("odd");
            }
            return number;
        }
    }

    @Test
    void oneBadInputAmongManyStartsNoChildAtAll() throws Exception {
        functions.function("child", 1, input -> 1);
        functions.workflow(
                "parent",
                input -> {
                    Task.startAll(
                            "child", List.of(new Bad(0), new Bad(2), new Bad(3)), int.class, MAIL);
                    return 1;
                });
        Tasks.Outcome outcome = outcome(start("parent"));
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
        assertThat(outcome.error().message()).contains("odd");
        assertThat(database.rows("select function from rowhouse.task")).containsExactly("parent");
    }

    @Test
    void childrenInheritTheDeadlineAndMayOnlyHaveAnEarlierOne() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        functions.function("late", 1, input -> go.await(20, TimeUnit.SECONDS));
        functions.workflow(
                "child", input -> Task.startAll("late", List.of(1), Boolean.class, MAIL).size());
        functions.workflow(
                "parent",
                input -> {
                    StartOptions longer = MAIL.timeout(Duration.ofDays(3));
                    StartOptions shorter = MAIL.timeout(Duration.ofMinutes(1));
                    Task.awaitAll(Task.startAll("child", List.of(1), Integer.class, longer));
                    Task.awaitAll(Task.startAll("child", List.of(1), Integer.class, shorter));
                    return 1;
                });
        TaskId id = start("parent", StartOptions.DIRECT.timeout(Duration.ofHours(1)));
        assertThat(outcome(id).outputJson()).isEqualTo("1");
        go.countDown();
        assertThat(
                        database.rows(
                                "select function, deadline <= created_at + interval '1 minute',"
                                    + " deadline <= (select deadline from rowhouse.task where id ="
                                    + " ?) + interval '1 second' from rowhouse.task where parent is"
                                    + " not null order by parent_step, function, id",
                                id.value()))
                .containsExactlyInAnyOrder("child f t", "late f t", "child t t", "late t t");
        await(() -> unended().isEmpty());
    }

    @Test
    void aParentWhoseThreadIsSlowToLeaveIsStillWokenByItsChild() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        AtomicReference<TaskId> child = new AtomicReference<>();
        functions.function("slow", 1, input -> go.await(20, TimeUnit.SECONDS));
        functions.workflow(
                "parent",
                input -> {
                    Child<Boolean> started = Task.start("slow", 1, Boolean.class);
                    child.set(started.id());
                    boolean mine = first.getAndSet(false);
                    try {
                        return started.result();
                    } finally {
                        if (mine) {
                            left.await();
                        }
                    }
                });
        TaskId id = start("parent");
        await(() -> unended().contains("parent waiting"));
        // The lane serves in order: the parent's own last look at its child is over after this.
        kernel.call(Calls.OUTCOMES, new Calls.Outcomes(child.get()));
        go.countDown();
        assertThat(outcome(child.get()).outputJson()).isEqualTo("true");
        await(() -> !unended().contains("slow running"));
        try {
            assertThat(outcome(id).outputJson()).isEqualTo("true");
        } finally {
            left.countDown();
        }
    }
}
