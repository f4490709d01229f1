package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskState;

/** A replay that does not take the steps that were recorded is found out. */
class ReplayTest extends LiveNode {
    private static final Duration PUT_ASIDE = Duration.ofMillis(1100);

    private final AtomicBoolean again = new AtomicBoolean();

    private Failure trouble(TestFunctions.Code code) {
        functions.workflow("moody", code);
        Tasks.Outcome outcome = outcome(start("moody"));
        assertThat(outcome.state()).isEqualTo(TaskState.FAILED);
        Failure failure = outcome.error();
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void aWorkflowThatTakesFewerStepsThanRecordedIsReportedWithTheStepItLeftOut() {
        Failure failure =
                trouble(input -> {
                    Task.step("first", () -> {});
                    if (!again.getAndSet(true)) {
                        Task.step("second", () -> {});
                        Task.sleep(PUT_ASIDE);
                    }
                    return 1;
                });
        assertThat(failure.code()).isEqualTo(ErrorCode.NOT_DETERMINISTIC.number());
        assertThat(failure.message()).contains("ended after 1 steps").contains("plain 'second'");
    }

    @Test
    void aWorkflowThatAsksForAnotherNumberOfChildrenIsReportedWithBothNumbers() {
        functions.function("child", 1, input -> 1);
        Failure failure =
                trouble(input -> {
                    List<Integer> inputs = again.getAndSet(true) ? List.of(1, 2) : List.of(1, 2, 3);
                    Task.startAll("child", inputs, Integer.class, StartOptions.DIRECT);
                    Task.sleep(PUT_ASIDE);
                    return 1;
                });
        assertThat(failure.code()).isEqualTo(ErrorCode.NOT_DETERMINISTIC.number());
        assertThat(failure.message()).contains("2 children of 'child'").contains("recorded 3");
    }

    @Test
    void aStepInsideAStepIsRefusedSinceNoReplayWouldFindIt() {
        Failure failure =
                trouble(input ->
                        Task.step(
                                "outer",
                                Integer.class,
                                () -> Task.step("inner", Integer.class, () -> 1)));
        assertThat(failure.message()).contains("'inner' was called inside step 'outer'");
    }

    @Test
    void stepsAreAllowedAgainAfterAStepThatFailed() {
        functions.workflow(
                "sound",
                input -> {
                    try {
                        Task.step(
                                "bad",
                                () -> {
                                    throw new IllegalStateException("no");
                                });
                    } catch (RuntimeException e) {
                        Task.transaction("good", Integer.class, sql -> 1);
                    }
                    return Task.step("last", Integer.class, () -> 2);
                });
        assertThat(outcome(start("sound")).outputJson()).isEqualTo("2");
    }
}
