package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;

/** A component that is withdrawn, by the command line. */
class UndeployCommandTest {
    private static final CliFixture CLI = CliFixture.get();

    @TempDir Path folder;

    private String component(String name, String file, String code) throws IOException {
        Path made = Files.createDirectories(folder.resolve(name));
        Files.writeString(made.resolve("component.json"), "{\"name\": \"%s\"}".formatted(name));
        Files.writeString(
                made.resolve("Bell.java"),
                """
                package bells;
                public interface Bell {
                    record Sound(String text) {}
                    Sound ring();
                }
                """);
        Files.writeString(made.resolve(file + ".java"), code);
        return made.toString();
    }

    private static Result until(String wanted, String... words) {
        long deadline = System.nanoTime() + 30_000_000_000L;
        Result result = CLI.give(words);
        while (!(result.out() + result.err()).contains(wanted)) {
            assertThat(System.nanoTime()).as(result.out() + result.err()).isLessThan(deadline);
            LockSupport.parkNanos(50_000_000);
            result = CLI.give(words);
        }
        return result;
    }

    private static Result called() {
        return CLI.give("start", "asker/ask", "--wait");
    }

    @Test
    void aComponentIsWithdrawnAndDeployedAgain() throws IOException {
        String bells =
                component(
                        "bells",
                        "Tower",
                        """
                        package bells;
                        import java.time.Duration;
                        import org.rowhouse.api.*;
                        @Serves(Bell.class)
                        public class Tower implements Bell {
                            public Sound ring() { return new Sound("dong"); }
                            @Workflow public Sound hold() {
                                Task.receive(Sound.class, Duration.ofMinutes(5));
                                return Task.step("after", Sound.class, () -> new Sound("rung"));
                            }
                        }
                        """);
        String asker =
                component(
                        "asker",
                        "Asker",
                        """
                        package bells;
                        import org.rowhouse.api.*;
                        public class Asker {
                            @Function public Bell.Sound ask() { return Components.of(Bell.class).ring(); }
                        }
                        """);
        CLI.give("deploy", bells).ok();
        CLI.give("deploy", asker).ok();
        assertThat(called().out()).contains("dong");
        until("bells.Bell/ring", "interfaces");
        String held = CLI.give("start", "bells/hold").word();

        Result refused = CLI.give("undeploy", "bells");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains("Component bells has tasks that have not ended: 1.", "force it");
        assertThat(CLI.give("components").ok().out()).contains("bells");

        assertThat(CLI.give("undeploy", "bells", "--force").ok().out())
                .contains("is withdrawn", "One task of it goes on, by its version.");
        assertThat(CLI.give("components").ok().out()).doesNotContain("bells");
        assertThat(CLI.give("components", "--all").ok().out()).contains("bells");
        assertThat(CLI.give("interfaces").ok().out()).doesNotContain("bells.Bell");
        Result unknown = CLI.give("start", "bells/hold");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("There is no component 'bells'");
        until("serves bells.Bell", "start", "asker/ask", "--wait");
        assertThat(CLI.give("undeploy", "bells").err()).contains("There is no component 'bells'");

        CLI.give("cancel", held).ok();
        CLI.give("deploy", bells).ok();
        until("dong", "start", "asker/ask", "--wait");
        until("bells.Bell/ring", "interfaces");
        assertThat(CLI.give("undeploy", "bells", "--json").ok().json().path("unended").asInt())
                .isZero();
        assertThat(CLI.give("undeploy", "asker").ok().out()).doesNotContain("goes on");
    }
}
