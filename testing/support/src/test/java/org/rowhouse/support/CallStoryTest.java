package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.TaskId;

/**
 * Calls between components on nodes that are processes of their own, one of which is killed in the
 * middle of a call: a call that may have been done is not made again unless it is idempotent, and a
 * durable one ends once.
 */
@Timeout(240)
class CallStoryTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String LEDGER =
            """
            package story;
            public interface Ledger {
                record Payment(String notes, String payer) {}
                record Receipt(String text) {}
                Receipt pay(Payment payment);
                @org.rowhouse.api.Idempotent Receipt look(Payment payment);
            }
            """;
    private static final String BANK =
            """
            package story;
            import java.nio.file.*;
            @org.rowhouse.api.Serves(Ledger.class)
            public class Bank implements Ledger {
                public Receipt pay(Payment payment) {
                    try {
                        Path notes = Path.of(payment.notes());
                        note(notes, "begun " + payment.payer() + " " + ProcessHandle.current().pid());
                        while (!Files.exists(notes.resolveSibling("go"))) {
                            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
                        }
                        note(notes, "paid " + payment.payer());
                        return new Receipt("paid by " + payment.payer());
                    } catch (java.io.IOException e) {
                        throw new IllegalStateException(e);
                    }
                }
                public Receipt look(Payment payment) { return pay(payment); }
                private static void note(Path notes, String line) throws java.io.IOException {
                    Files.writeString(notes, line + "\\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                }
            }
            """;
    private static final String SHOP =
            """
            package story;
            import org.rowhouse.api.*;
            public class Shop {
                private final Ledger ledger = Components.of(Ledger.class);
                @Workflow public Ledger.Receipt buy(Ledger.Payment payment) {
                    return Task.step("pay", Ledger.Receipt.class, () -> ledger.pay(payment));
                }
                @Workflow public Ledger.Receipt peek(Ledger.Payment payment) {
                    return Task.step("look", Ledger.Receipt.class, () -> ledger.look(payment));
                }
            }
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private StoryCluster cluster;
    private Path notes;

    @BeforeEach
    void begin() throws IOException {
        cluster = new StoryCluster(folder);
        notes = Files.writeString(folder.resolve("notes"), "");
        cluster.start("east").deploy(component("bank", "Ledger", LEDGER, "Bank", BANK));
        cluster.start("west").deploy(component("shop", "Ledger", LEDGER, "Shop", SHOP));
        Await.until(
                PATIENCE,
                () -> cluster.query("select 1 from rowhouse.instance").size() == 1,
                () -> "the bank is not served");
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private Path component(String name, String... sources) throws IOException {
        Path made = Files.createDirectories(folder.resolve("components").resolve(name));
        Files.writeString(made.resolve("component.json"), "{\"name\": \"" + name + "\"}");
        for (int i = 0; i < sources.length; i += 2) {
            Files.writeString(made.resolve(sources[i] + ".java"), sources[i + 1]);
        }
        return made;
    }

    private TaskId startOnWest(String function) {
        TaskId id = TaskId.create(0, System.currentTimeMillis());
        String input = "{\"notes\": \"" + notes + "\", \"payer\": \"" + function + "\"}";
        return cluster.node("west").start(id, "shop/" + function, "", input);
    }

    private long noted(String beginning) throws IOException {
        return Files.readAllLines(notes).stream()
                .filter(line -> line.startsWith(beginning))
                .count();
    }

    private void awaitNoted(String beginning) {
        Await.until(
                PATIENCE,
                () -> noted(beginning) > 0,
                () -> "nobody noted " + beginning + cluster.node("west").lastWords());
    }

    private void awaitState(TaskId task, String state) {
        Await.until(
                PATIENCE,
                () ->
                        cluster.query("select state from rowhouse.task where id = ?", task.value())
                                .equals(List.of(state)),
                () -> task + " is not " + state + cluster.node("west").lastWords());
    }

    @Test
    void aCallWhoseNodeIsKilledGoesElsewhereOnlyIfThatDoesNoHarm() throws Exception {
        TaskId buys = startOnWest("buy");
        TaskId peeks = startOnWest("peek");
        awaitNoted("begun buy");
        awaitNoted("begun peek");
        cluster.node("east").kill();
        awaitState(buys, "failed");
        assertThat(
                        cluster.query(
                                "select error->>'message' from rowhouse.task where id = ?",
                                buys.value()))
                .allMatch(message -> !message.isBlank());
        Files.writeString(folder.resolve("go"), "");
        awaitState(peeks, "succeeded");
        assertThat(noted("begun buy")).isEqualTo(1);
        assertThat(noted("begun peek")).isEqualTo(2);
        assertThat(noted("paid peek")).isEqualTo(1);
    }

    @Test
    void aDurableCallSurvivesTheDeathOfItsCallerAndIsDoneOnce() throws Exception {
        cluster.query("select rowhouse.set_operation('story.Ledger/pay', durable => true)");
        TaskId buys = startOnWest("buy");
        awaitNoted("begun buy");
        cluster.node("west").kill();
        cluster.start("west");
        Files.writeString(folder.resolve("go"), "");
        awaitState(buys, "succeeded");
        assertThat(noted("paid buy")).isEqualTo(1);
        assertThat(
                        cluster.query(
                                "select state from rowhouse.task where function ="
                                        + " 'story.Ledger/pay'"))
                .containsExactly("succeeded");
        assertThat(
                        cluster.query(
                                "select output->>'text' from rowhouse.task where id = ?",
                                buys.value()))
                .containsExactly("paid by buy");
    }
}
