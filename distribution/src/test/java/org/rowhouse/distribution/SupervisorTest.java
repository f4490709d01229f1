package org.rowhouse.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a node's supervisor: what it starts again, and what ends it. */
class SupervisorTest {
    @TempDir Path folder;
    private Checkout checkout;

    @BeforeEach
    void makeCheckout() {
        checkout = new Checkout(folder);
    }

    /** What the node does in its first, second and later lives. */
    private void nodeLives(String first, String second, String later) {
        Checkout.write(
                checkout.notes.resolve("node"),
                """
                echo life >>"$NOTES/lives"
                case $(wc -l <"$NOTES/lives") in
                1) %s ;;
                2) %s ;;
                *) %s ;;
                esac
                """
                        .formatted(first, second, later));
    }

    private long lives() {
        return Checkout.read(checkout.notes.resolve("lives")).lines().count();
    }

    @Test
    void startsAKilledNodeAgainUntilItStopsByItself() {
        nodeLives("kill -9 $$", "exit 0", "exit 100");
        var result = checkout.run("__node", "--home", "x y");
        assertThat(result.exitCode()).isZero();
        assertThat(lives()).isEqualTo(3);
        assertThat(result.errors())
                .contains("ended with code 137; starting it again in 0.2 s")
                .contains("ended with code 0; starting it again in 0.4 s");
    }

    @Test
    void doesNotStartANodeAgainThatCannotRun() {
        nodeLives("exit 102", "exit 100", "exit 100");
        assertThat(checkout.run("__node").exitCode()).isEqualTo(2);
        assertThat(lives()).isEqualTo(1);
    }

    @Test
    void startsANodeAgainThatCannotRunNowButDidBefore() {
        nodeLives("kill -9 $$", "exit 6", "exit 100");
        assertThat(checkout.run("__node").exitCode()).isZero();
        assertThat(lives()).isEqualTo(3);
    }

    @Test
    void passesASignalOnAndEnds() throws IOException {
        String untilTerminated =
                "trap 'echo stopped >>\"$NOTES/stops\"; exit 143' TERM; echo up;"
                        + " while :; do sleep 0.1; done";
        nodeLives(untilTerminated, untilTerminated, untilTerminated);
        Process process = checkout.start(checkout.root.resolve("rowhouse"), Map.of(), "__node");
        BufferedReader output = process.inputReader();
        assertThat(output.readLine()).isEqualTo("up");
        process.toHandle().destroy();
        assertThat(Checkout.finish(process).exitCode()).isZero();
        assertThat(Checkout.read(checkout.notes.resolve("stops"))).isEqualTo("stopped\n");
        assertThat(lives()).isEqualTo(1);
    }

    @Test
    void tellsTheNodeWhoWatchesIt() throws IOException {
        nodeLives("echo $ROWHOUSE_SUPERVISOR_PID", "exit 102", "exit 102");
        Process process = checkout.start(checkout.root.resolve("rowhouse"), Map.of(), "__node");
        assertThat(process.inputReader().readLine()).isEqualTo(Long.toString(process.pid()));
        Checkout.finish(process);
    }

    @Test
    void keepsTheJarsOfARunningNodeWhenNewerBuildsAreMade() throws IOException {
        nodeLives("echo $0; until [ -e \"$NOTES/end\" ]; do sleep 0.1; done; exit 100", ":", ":");
        Process node = checkout.start(checkout.root.resolve("rowhouse"), Map.of(), "__node");
        node.inputReader().readLine();
        Path source = checkout.root.resolve("store/src/main/java/One.java");
        for (int i = 0; i < 6; i++) {
            Checkout.write(source, "change " + i);
            checkout.run("version");
        }
        Checkout.write(source, "one\n");
        checkout.run("version");
        assertThat(checkout.builds()).as("the first build is still there").isEqualTo(7);
        Checkout.write(checkout.notes.resolve("end"), "");
        assertThat(Checkout.finish(node).exitCode()).isZero();
    }
}
