package org.rowhouse.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Components that do what they must not, on a real node under its real supervisor: a clear error,
 * nothing lost, everything else carried on. Who ends the node has one of its own; the others share
 * one, since that must not harm it.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadComponentTest {
    private static final Path BAD = Path.of("src/test/components/bad").toAbsolutePath();

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path sharedFolder;

    private static @Nullable RealNode shared;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private @Nullable RealNode own;
    private RealNode node;

    private void startNodeOfItsOwn() throws IOException {
        own = start(folder);
        node = own;
    }

    private void shareNode() throws IOException {
        if (shared == null) {
            shared = start(sharedFolder);
        }
        node = shared;
    }

    private static RealNode start(Path folder) throws IOException {
        RealNode started = RealNode.start(folder, "-Xmx192m -XX:TieredStopAtLevel=1");
        Checkout.Result deployed = started.command("deploy", BAD.toString());
        assertThat(deployed.exitCode()).as(deployed.errors()).isZero();
        return started;
    }

    @AfterEach
    void stopNodeOfItsOwn() {
        if (own != null) {
            own.close();
        }
    }

    @AfterAll
    static void stopSharedNode() {
        if (shared != null) {
            shared.close();
        }
    }

    private List<UUID> startInnocent() throws SQLException {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(node.start("steady", "null"));
        }
        return ids;
    }

    private void assertCarriedOn(List<UUID> innocent) {
        for (UUID id : innocent) {
            assertThat(node.end(id)).as("an innocent task").containsEntry("state", "succeeded");
        }
    }

    @ParameterizedTest(name = "{0}({1})")
    @CsvSource({"exit, 0, called System.exit", "halt, 2, ended with code 2"})
    void whoEndsTheJvmIsParkedAndTheNodeIsBack(String function, int code, String words)
            throws Exception {
        parksWhoEndsTheJvm(function, code, words);
    }

    @ParameterizedTest(name = "{0}({1})")
    @Tag("long")
    @CsvSource({
        "exit, 2, called System.exit",
        "exitElsewhere, 100, called System.exit",
        "halt, 0, ended with code 0",
    })
    void whoEndsTheJvmInAnotherWayIsParkedAsWell(String function, int code, String words)
            throws Exception {
        parksWhoEndsTheJvm(function, code, words);
    }

    private void parksWhoEndsTheJvm(String function, int code, String words) throws Exception {
        startNodeOfItsOwn();
        List<UUID> innocent = startInnocent();
        UUID guilty = node.start(function, "{\"value\": " + code + "}");
        assertParked(guilty);
        report(function + " " + code, node.awaitReturn());
        assertCarriedOn(innocent);
        assertThat(node.said()).contains(words);
        if (function.equals("exit")) {
            assertThat(node.said()).contains(guilty + " (bad/exit)");
        }
    }

    @Test
    void whoFillsTheMemoryIsParkedAndTheNodeIsBack() throws Exception {
        startNodeOfItsOwn();
        List<UUID> innocent = startInnocent();
        UUID guilty = node.start("fill", "null");
        assertParked(guilty);
        report("fill", node.awaitReturn());
        assertCarriedOn(innocent);
        assertThat(node.said()).contains("ended with code 3");
    }

    private void assertParked(UUID guilty) {
        Map<String, String> end = node.end(guilty);
        assertThat(end).containsEntry("state", "parked").containsEntry("crashes", "3");
        assertThat(end.get("message")).contains("died 3 times", "rowhouse retry " + guilty);
    }

    @Test
    void whoThrowsOrReturnsTheImpossibleFailsWithAClearError() throws Exception {
        shareNode();
        long pid = node.process().pid();
        List<UUID> innocent = startInnocent();
        assertFails(node.start("recurse", "{\"value\": 0}"), "java.lang.StackOverflowError");
        assertFails(node.start("error", "null"), "an error with 'quotes', \"more\" and \\0");
        assertFails(node.start("mute", "null"), "Bad$Mute");
        assertFails(node.start("huge", "null"), "more than 1048576 bytes");
        for (String odd : List.of("a 'step' \"x\"", "line\\nbreak", "\\u0007bell", "zero\\u0000")) {
            String input = "{\"text\": \"%s\"}".formatted(odd.replace("\"x\"", "\\\"x\\\""));
            if (odd.contains("0000")) {
                assertThat(node.command("start", "bad/oddStep", input).exitCode()).isNotZero();
            } else {
                assertThat(node.end(node.start("oddStep", input)))
                        .as(odd)
                        .containsEntry("state", "succeeded");
            }
        }
        assertCarriedOn(innocent);
        assertThat(node.process().pid()).as("the same node").isEqualTo(pid);
        assertThat(node.command("ps").output()).contains("oddStep");
    }

    private void assertFails(UUID task, String words) {
        Map<String, String> end = node.end(task);
        assertThat(end).containsEntry("state", "failed");
        assertThat(end.get("message")).contains(words);
    }

    @Test
    void loopsWithADeadlineFailAndTheNodeAnswersAllTheTime() throws Exception {
        shareNode();
        List<UUID> innocent = startInnocent();
        List<UUID> loops = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            loops.add(node.start("loop", "null", "2 seconds"));
        }
        assertThat(node.command("ps").exitCode()).as("HTTP while all loop").isZero();
        loops.forEach(id -> assertFails(id, "deadline"));
        assertCarriedOn(innocent);
        endLoops();
    }

    /** A further task has its turn, and the processors are free for the next test. */
    private void endLoops() throws SQLException {
        assertThat(node.end(node.start("enough", "null"))).containsEntry("state", "succeeded");
    }

    @Test
    void loopsWithoutADeadlineLeaveRoomForOthersUntilTheyAreCancelled() throws Exception {
        shareNode();
        List<UUID> loops = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            loops.add(node.start("loop", "null"));
        }
        assertCarriedOn(startInnocent());
        List<String> words = new ArrayList<>(List.of("cancel"));
        loops.forEach(id -> words.add(id.toString()));
        assertThat(node.command(words.toArray(String[]::new)).exitCode()).isZero();
        loops.forEach(id -> assertThat(node.end(id)).containsEntry("state", "cancelled"));
        endLoops();
    }

    @Test
    @Tag("long")
    void aNodeFullOfThreadsThatWereGivenUpStartsAnewAndBlamesNobody() throws Exception {
        startNodeOfItsOwn();
        int many = 2 * Runtime.getRuntime().availableProcessors();
        List<UUID> innocent = startInnocent();
        List<UUID> loops = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            loops.add(node.start("loop", "null", "2 seconds"));
        }
        report("loops that were given up", node.awaitReturn());
        assertThat(node.said())
                .contains("go on for ever", "(bad/loop)", "Bad.loop", "ended with code 4");
        loops.forEach(id -> assertFails(id, "deadline"));
        assertCarriedOn(innocent);
        assertThat(node.query("select count(*) from rowhouse.task where crashes > 0"))
                .containsExactly("0");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void aSignalStopsNodeAndSupervisor() throws IOException {
        shareNode();
        node.process().destroy();
        node.await(() -> !node.supervised());
        assertThat(node.exitCode()).isZero();
        assertThat(node.said()).doesNotContain("starting it again");
    }

    /**
     * The aim is at most 5 s; the supervisor's pause, 0.8 s after the third death, is part of it.
     */
    private static void report(String what, Duration gone) {
        System.out.println("After " + what + " the node was back in " + gone.toMillis() + " ms");
    }
}
