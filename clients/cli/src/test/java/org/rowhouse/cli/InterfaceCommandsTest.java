package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;

/** Commands about calls between components, given as a person gives them. */
class InterfaceCommandsTest {
    private static final String OPERATION = "tales.Teller/tell";

    private static final CliFixture CLI = CliFixture.get();

    @TempDir static Path folder;

    @BeforeAll
    static void deploy() throws IOException {
        Files.writeString(
                folder.resolve("component.json"),
                "{\"name\": \"tales\", \"run\": {\"function\": \"ask\", \"arguments\": []}}");
        Files.writeString(
                folder.resolve("Teller.java"),
                """
                package tales;
                public interface Teller {
                    record Tale(String text) {}
                    Tale tell();
                    Tale fail();
                }
                """);
        Files.writeString(
                folder.resolve("Tales.java"),
                """
                package tales;
                import org.rowhouse.api.*;
                @Serves(Teller.class)
                public class Tales implements Teller {
                    public Tale tell() { return new Tale("once"); }
                    public Tale fail() { throw new IllegalStateException("no more tales"); }
                    @Workflow public Teller.Tale ask() {
                        return Task.step("ask", Tale.class, () -> Components.of(Teller.class).tell());
                    }
                    @Function public Teller.Tale complain() {
                        return Components.of(Teller.class).fail();
                    }
                }
                """);
        CLI.give("deploy", folder.toString()).ok();
    }

    private static Result until(String wanted, String... words) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        Result result = CLI.give(words);
        while (!result.out().contains(wanted)) {
            assertThat(System.nanoTime()).as(result.out() + result.err()).isLessThan(deadline);
            LockSupport.parkNanos(50_000_000);
            result = CLI.give(words);
        }
        return result;
    }

    @Test
    void interfacesAreListedWithWhereTheyAreServedAndSet() {
        until(OPERATION, "interfaces");
        assertThat(CLI.give("interfaces", "set", OPERATION, "--timeout", "2s").ok().out())
                .contains("time-out 2s");
        assertThat(CLI.give("interfaces").ok().out()).contains("OPERATION", "tales", "2s");
        assertThat(CLI.give("interfaces", "--json").ok().json().toString())
                .contains("\"tales.Teller/tell\"");
        assertThat(CLI.give("interfaces", "reset", OPERATION).ok().out())
                .contains("as its author says");
        Result unknown = CLI.give("interfaces", "set", "tales.Teller/sing", "--durable");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("No component serves the operation");
        Result wrong = CLI.give("interfaces", "set", OPERATION, "--traced", "2");
        assertThat(wrong.err()).contains("must be 0 to 1");
        assertThat(CLI.give("breakers").ok().out()).contains("STATE");
        assertThat(CLI.give("breakers", "--close", "--json").ok().json()).isEmpty();
    }

    @Test
    void aTracedCallIsShownAsATree() {
        assertThat(CLI.give("interfaces", "set", "tales.Teller/fail", "--traced", "1").ok().out())
                .contains("traced 1,");
        until("tales.Teller/fail", "interfaces");
        String task = CLI.give("start", "tales/complain").word();
        Result tree = until("tales.Teller/fail", "traces", task);
        assertThat(tree.out()).contains("└─", "FUNCTION_FAILED", "no more tales");
        assertThat(CLI.give("traces").ok().out()).contains(task, "FIRST CALL");
        Result none = CLI.give("traces", "01993b1e-7a2c-7001-8f00-2a44c8b1d0e5");
        assertThat(none.err()).contains("Nothing was traced");
        assertThat(CLI.give("traces", "nonsense").err()).contains("no id of a trace");
        CLI.give("interfaces", "reset", "tales.Teller/fail").ok();
    }

    @Test
    void aDurableCallIsATaskOfTheOtherComponent() {
        CLI.give("interfaces", "set", OPERATION, "--durable").ok();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (true) {
            CLI.give("run", "tales").ok();
            Result tasks =
                    CLI.give(
                            "sql",
                            "--json",
                            "select function from task where function like '%/tell'");
            if (tasks.ok().out().contains("tales.Teller/tell")) {
                break;
            }
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
        CLI.give("interfaces", "reset", OPERATION).ok();
    }
}
