package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskState;

/** Calls between components of two nodes on one database, in one process. */
class CallsTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Prices.Query TEA = new Prices.Query("tea", 2);
    private static final String QUOTE = "org.rowhouse.node.Prices/quote";

    @TempDir static Path folder;
    private static Rowhouse near;
    private static Rowhouse far;

    @BeforeAll
    static void open() {
        near = Rowhouse.open(Rowhouse.Options.of(folder.resolve("near")).name("near"));
        far =
                Rowhouse.open(
                        Rowhouse.Options.of(folder.resolve("far"))
                                .name("far")
                                .databaseUrl(near.database().connectionString(true)));
        far.register("shelf", new Shelf("far"));
        near.register(new Buyer());
    }

    @AfterAll
    static void close() {
        far.close();
        near.close();
    }

    @BeforeEach
    void fresh() {
        Shelf.gate = new CountDownLatch(1);
        Shelf.begun = new CountDownLatch(1);
        Shelf.INTERRUPTED.set(0);
        Shelf.MADE.set(0);
        Shelf.CLOSED.set(0);
        Shelf.lame = true;
    }

    @AfterEach
    void clear() throws Exception {
        Shelf.gate.countDown();
        rows("select rowhouse.close_breakers()");
        rows("select rowhouse.reset_operation(name) from rowhouse.operation");
    }

    private static List<String> rows(String query) throws Exception {
        try (Connection connection = near.database().connect("test");
                PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            List<String> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(row.getString(1));
            }
            return rows;
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static RowhouseException failure(Runnable call) {
        return catchThrowableOfType(RowhouseException.class, call::run);
    }

    /** The caller that has the component in its own process, and the one that has not. */
    private static List<Prices> bothWays() {
        return List.of(far.component(Prices.class), near.component(Prices.class));
    }

    @Test
    void theResultIsTheSameWhereverTheOtherComponentRuns() {
        for (Prices prices : bothWays()) {
            assertThat(prices.quote(TEA))
                    .isEqualTo(new Prices.Quote("tea", 6, List.of("far", "tea")));
            assertThat(prices.ask(TEA).cents()).isEqualTo(6);
        }
        assertThat(near.run("buyer/buy", TEA, Prices.Quote.class).cents()).isEqualTo(6);
    }

    @Test
    void whatTheOtherThrowsIsToldTheSameWay() {
        List<String> told = new ArrayList<>();
        for (Prices prices : bothWays()) {
            RowhouseException thrown = failure(() -> prices.fail(TEA));
            assertThat(thrown.code()).isEqualTo(ErrorCode.FUNCTION_FAILED);
            told.add(thrown.getMessage());
            RowhouseException refused = failure(() -> prices.refuse(TEA));
            assertThat(refused.code()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(refused).hasMessage("There is no more tea.");
        }
        assertThat(told.getFirst())
                .isEqualTo(told.getLast())
                .contains("IllegalStateException: no tea");
    }

    @Test
    void aCallEndsAtItsDeadlineAndTheOtherIsInterrupted() throws Exception {
        for (Prices prices : bothWays()) {
            Shelf.INTERRUPTED.set(0);
            assertThatThrownBy(() -> prices.slow(TEA))
                    .extracting("code")
                    .isEqualTo(ErrorCode.TIMED_OUT);
            await(() -> Shelf.INTERRUPTED.get() == 1);
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Test
    void aCancelledTaskEndsItsCall() throws Exception {
        var task = near.start("buyer/hang", TEA, Prices.Quote.class, StartOptions.DIRECT);
        Shelf.begun.await();
        rows("select rowhouse.cancel_tasks(array['" + task.id() + "'::uuid], true)");
        await(() ->
                near.tasks().await(task.id(), Duration.ofSeconds(1)).state()
                        == TaskState.CANCELLED);
        await(() -> Shelf.INTERRUPTED.get() == 1);
    }

    @Test
    void aTasksDeadlineHoldsForItsCalls() throws Exception {
        var task =
                near.start(
                        "buyer/hang",
                        TEA,
                        Prices.Quote.class,
                        StartOptions.DIRECT.timeout(Duration.ofSeconds(1)));
        await(() -> near.tasks().await(task.id(), Duration.ofSeconds(1)).state().ended());
        assertThat(near.tasks().await(task.id(), Duration.ZERO).error().errorCode())
                .isEqualTo(ErrorCode.TIMED_OUT);
        await(() -> Shelf.INTERRUPTED.get() == 1);
    }

    @Test
    void streamsFlowBothWays() {
        for (Prices prices : bothWays()) {
            try (Stream<Prices.Item> items = prices.count(new Prices.Query("tea", 3_000))) {
                assertThat(items.mapToInt(Prices.Item::number).sum()).isEqualTo(4_498_500);
            }
            assertThat(prices.sum(IntStream.range(0, 3_000).mapToObj(Prices.Item::new)).number())
                    .isEqualTo(4_498_500);
            try (Stream<Prices.Item> items =
                    prices.twice(IntStream.range(0, 3_000).mapToObj(Prices.Item::new))) {
                assertThat(items.mapToInt(Prices.Item::number).sum()).isEqualTo(8_997_000);
            }
        }
    }

    @Test
    void aSlowReaderHoldsTheOtherUpAndMayLeave() throws Exception {
        for (Prices prices : bothWays()) {
            Shelf.MADE.set(0);
            Shelf.CLOSED.set(0);
            try (Stream<Prices.Item> items = prices.count(new Prices.Query("tea", 100_000_000))) {
                Iterator<Prices.Item> each = items.iterator();
                for (int i = 0; i < 100; i++) {
                    assertThat(each.next().number()).isEqualTo(i);
                }
                int before;
                do {
                    before = Shelf.MADE.get();
                    LockSupport.parkNanos(100_000_000);
                } while (Shelf.MADE.get() != before);
                assertThat(before).isLessThan(100_000);
            }
            await(() -> Shelf.CLOSED.get() == 1);
        }
    }

    @Test
    void aBreakerOpensAfterFailuresAndClosesWhenItIsWellAgain() throws Exception {
        Prices prices = near.component(Prices.class);
        for (int i = 0; i < 5; i++) {
            assertThat(failure(() -> prices.slow(TEA)).code()).isEqualTo(ErrorCode.TIMED_OUT);
        }
        assertThat(failure(() -> prices.slow(TEA)))
                .hasMessageContaining("have failed lately")
                .extracting("code")
                .isEqualTo(ErrorCode.NODE_UNAVAILABLE);
        await(() ->
                rows("select operation || ' ' || state from rowhouse.breaker")
                        .contains("org.rowhouse.node.Prices/slow open"));
        assertThat(prices.quote(TEA).cents()).as("another operation").isEqualTo(6);
        Shelf.lame = false;
        await(() -> failure(() -> prices.slow(TEA)) == null);
        await(() ->
                rows("select operation || ' ' || state from rowhouse.breaker")
                        .contains("org.rowhouse.node.Prices/slow closed"));
    }

    @Test
    void aRowMakesCallsDurableEverywhereWithinASecond() throws Exception {
        Prices prices = far.component(Prices.class);
        prices.quote(TEA);
        String tasks = "select count(*) from rowhouse.task where function = '" + QUOTE + "'";
        assertThat(rows(tasks)).containsExactly("0");
        long before = System.nanoTime();
        rows("select rowhouse.set_operation('" + QUOTE + "', durable => true)");
        await(() -> {
            assertThat(prices.quote(TEA).cents()).isEqualTo(6);
            return !rows(tasks).equals(List.of("0"));
        });
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(SOON);
        assertThat(
                        rows(
                                "select input->>'item' from rowhouse.task where function = '"
                                        + QUOTE
                                        + "'"))
                .contains("tea");
        assertThat(failure(() -> near.component(Prices.class).quote(TEA)))
                .as("its code is on the other node only")
                .hasMessageContaining("durable")
                .extracting("code")
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aRowSetsHowLongCallsMayTake() throws Exception {
        rows("select rowhouse.set_operation('org.rowhouse.node.Prices/wait', timeout => '50 ms')");
        await(() -> rows("select 1 from rowhouse.operation").size() == 1);
        for (Prices prices : bothWays()) {
            assertThat(failure(() -> prices.wait(TEA)).code()).isEqualTo(ErrorCode.TIMED_OUT);
        }
    }

    @Test
    void callsInACallBelongToItsTrace() throws Exception {
        rows("select rowhouse.set_operation('org.rowhouse.node.Prices/ask', traced => 1)");
        Prices prices = near.component(Prices.class);
        await(() -> {
            prices.ask(TEA);
            return !rows("""
            select c.operation from rowhouse.call_span as c join rowhouse.call_span as p
                on p.trace = c.trace and p.id = c.parent
            where c.operation like '%/quote' and p.operation like '%/ask'
                and p.kind = 'served' and c.outcome = 'ok'
            """)
                    .isEmpty();
        });
    }

    @Test
    void whatNobodyServesIsRefusedByName() {
        assertThat(failure(() -> near.component(Unserved.class).nothing()))
                .hasMessageContaining("No component serves")
                .extracting("code")
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    /** Served by nobody. */
    public interface Unserved {
        void nothing();
    }

    private static Path component(String name, String... files) throws Exception {
        Path made = Files.createDirectories(folder.resolve(name));
        Files.writeString(made.resolve("component.json"), "{\"name\": \"" + name + "\"}");
        for (int i = 0; i < files.length; i += 2) {
            Files.writeString(made.resolve(files[i]), files[i + 1]);
        }
        return made;
    }

    /** What this test knows of a component that is deployed from sources. */
    public interface Greeter {
        /** Whom. */
        public record Name(String name) {}

        /** How. */
        public record Greeting(String text) {}

        Greeting greet(Name name);
    }

    private static String greeter(String records, String body) {
        return """
        package org.rowhouse.node;
        public class CallsTest {
            public interface Greeter {
                %s
                Greeting greet(Name name);
            }
            @org.rowhouse.api.Serves(Greeter.class)
            public static class Polite implements Greeter {
                public Greeting greet(Name name) { %s }
            }
        }
        """
                .formatted(records, body);
    }

    @Test
    void aFieldMayBeAddedAndARenamedOneIsRefused() throws Exception {
        Greeter greeter = near.component(Greeter.class);
        Greeter.Name ada = new Greeter.Name("Ada");
        far.deploy(
                component(
                        "polite",
                        "CallsTest.java",
                        greeter(
                                "record Name(String name) {} record Greeting(String text) {}",
                                "return new Greeting(\"Hello \" + name.name());")),
                "test");
        await(() -> failure(() -> greeter.greet(ada)) == null);
        assertThat(greeter.greet(ada).text()).isEqualTo("Hello Ada");
        assertThat(far.component(Greeter.class).greet(ada).text()).isEqualTo("Hello Ada");
        far.deploy(
                component(
                        "polite",
                        "CallsTest.java",
                        greeter(
                                "record Name(String title, String name) {}"
                                        + " record Greeting(int length, String text) {}",
                                "return new Greeting(1, \"Dear \" + name.name());")),
                "test");
        await(() -> greeter.greet(ada).text().equals("Dear Ada"));
        await(() -> far.component(Greeter.class).greet(ada).text().equals("Dear Ada"));
        far.deploy(
                component(
                        "polite",
                        "CallsTest.java",
                        greeter(
                                "record Name(String fullName) {} record Greeting(String text) {}",
                                "return new Greeting(\"Hello \" + name.fullName());")),
                "test");
        await(() -> failure(() -> greeter.greet(ada)) != null);
        await(() -> failure(() -> far.component(Greeter.class).greet(ada)) != null);
        for (Greeter each : List.of(greeter, far.component(Greeter.class))) {
            assertThat(failure(() -> each.greet(ada)))
                    .hasMessageContaining("fullName")
                    .extracting("code")
                    .isEqualTo(ErrorCode.INVALID_INPUT);
        }
    }
}
