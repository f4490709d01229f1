package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.Cell;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.Region;
import org.rowhouse.api.Regions;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Seen;
import org.rowhouse.api.Watch;

/** Regions of two nodes on one database, in one process. */
class MemoryTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir static Path folder;
    private static Rowhouse near;
    private static Rowhouse far;

    /** Counts hits in a region of its own. */
    public static class Counter {
        public record Hit(String region, long by) {}

        public record Count(long value) {}

        @Function
        public Count count(Hit hit) {
            try (Region region = Regions.export(hit.region(), 4096)) {
                return new Count(region.cell(1).fetchAdd(hit.by()));
            }
        }
    }

    /** Looks at regions of others. */
    public static class Reader {
        @Function
        public Counter.Count look(Counter.Hit where) {
            try (Region region = Regions.open(where.region())) {
                return new Counter.Count(region.cell(1).get());
            }
        }
    }

    @BeforeAll
    static void open() {
        near = Rowhouse.open(Rowhouse.Options.of(folder.resolve("near")).name("near"));
        far = openFar();
        near.register(new Counter());
        near.register(new Reader());
    }

    private static Rowhouse openFar() {
        return Rowhouse.open(
                Rowhouse.Options.of(folder.resolve("far"))
                        .name("far")
                        .databaseUrl(near.database().connectionString(true)));
    }

    @AfterAll
    static void close() {
        far.close();
        near.close();
    }

    private static List<String> rows(String query, Object... values) throws Exception {
        try (Connection connection = near.database().connect("test");
                PreparedStatement statement = connection.prepareStatement(query)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                List<String> rows = new ArrayList<>();
                while (row.next()) {
                    rows.add(row.getString(1));
                }
                return rows;
            }
        }
    }

    private static void create(String name, String node) throws Exception {
        rows("select rowhouse.create_region(?, 8192, ?, 'test')", name, node);
    }

    private static ErrorCode refused(Runnable deed) {
        return catchThrowableOfType(RowhouseException.class, deed::run).code();
    }

    private static long count(String region, long by) {
        return near.run("counter/count", new Counter.Hit(region, by), Counter.Count.class).value();
    }

    private static long look(String region) {
        return near.run("reader/look", new Counter.Hit(region, 0), Counter.Count.class).value();
    }

    @Test
    void aRegionIsTheSameFromBothNodes() throws Exception {
        create("shared", "far");
        try (Region here = near.region("shared");
                Region there = far.region("shared")) {
            assertThat(here.incarnation()).isEqualTo(1);
            here.cell(0).set(4);
            assertThat(there.cell(0).fetchAdd(1)).isEqualTo(4);
            assertThat(here.cell(0).compareAndSet(5, 6)).isTrue();
            here.write(4000, new byte[] {1, 2, 3});
            assertThat(there.read(3999, 4)).containsExactly(0, 1, 2, 3);
            try (Watch watch = here.cell(0).watch()) {
                assertThat(Cell.value(Objects.requireNonNull(watch.next(SOON)))).isEqualTo(6);
                there.cell(0).set(7);
                Seen seen = watch.next(SOON);
                assertThat(Cell.value(Objects.requireNonNull(seen))).isEqualTo(7);
            }
        }
    }

    @Test
    void aComponentExportsARegionAndOthersNeedARight() throws Exception {
        assertThat(count("hits", 3)).isZero();
        assertThat(count("hits", 3)).isEqualTo(3);
        assertThat(refused(() -> look("hits"))).isEqualTo(ErrorCode.FORBIDDEN);
        rows("select rowhouse.grant_region('hits', 'component:reader', '{read}', 'test')");
        long deadlineNs = System.nanoTime() + SOON.toNanos();
        while (!canLook("hits") && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(20_000_000);
        }
        assertThat(look("hits")).isEqualTo(6);
        try (Region region = far.region("hits")) {
            assertThat(region.cell(1).get()).as("nodes may do everything").isEqualTo(6);
        }
    }

    private static boolean canLook(String region) {
        try {
            look(region);
            return true;
        } catch (RowhouseException e) {
            return false;
        }
    }

    @Test
    void anotherNodeDoesNotExportWhatIsExported() {
        count("mine", 1);
        assertThat(refused(() -> far.memory().export("mine", 4096, "counter")))
                .isEqualTo(ErrorCode.CONFLICT);
        assertThat(refused(() -> near.memory().export("mine", 4096, "other")))
                .isEqualTo(ErrorCode.CONFLICT);
        assertThat(refused(() -> near.memory().export("odd", 4095, "other")))
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refused(() -> near.memory().export("huge", 1L << 39, "other")))
                .isEqualTo(ErrorCode.OVERLOADED);
    }

    @Test
    void aDroppedRegionIsGoneForThoseWhoHaveItOpen() throws Exception {
        create("brief", "far");
        Region region = near.region("brief");
        region.cell(0).set(1);
        rows("select rowhouse.drop_region('brief')");
        long deadlineNs = System.nanoTime() + SOON.toNanos();
        ErrorCode code = null;
        while (code == null && System.nanoTime() - deadlineNs < 0) {
            try {
                region.cell(0).get();
                LockSupport.parkNanos(20_000_000);
            } catch (RowhouseException e) {
                code = e.code();
            }
        }
        assertThat(code).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refused(() -> near.region("brief"))).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void whenAHomeStopsTheRegionBeginsAnewElsewhereAndNoZerosAreShown() throws Exception {
        create("moving", "far");
        Region before = near.region("moving");
        before.cell(0).set(5);
        rows("update rowhouse.region set node = null where name = 'moving' returning name");
        far.close();
        assertThat(refused(() -> before.cell(0).get())).isEqualTo(ErrorCode.CONFLICT);
        try (Region after = near.region("moving")) {
            assertThat(after.incarnation()).isEqualTo(2);
            assertThat(after.cell(0).get()).isZero();
        }
        far = openFar();
    }

    @Test
    void aHomeFollowsTheRowsWhenTheyGiveItsRegionToAnother() throws Exception {
        create("taken", "near");
        Region before = near.region("taken");
        before.cell(0).set(5);
        rows(
                "update rowhouse.region set node = 'far', home = null where name = 'taken'"
                        + " returning name");
        rows("select pg_notify('rowhouse', 'regions')::text");
        long deadlineNs = System.nanoTime() + SOON.toNanos();
        ErrorCode code = null;
        while (code == null && System.nanoTime() - deadlineNs < 0) {
            try {
                assertThat(before.cell(0).get()).isEqualTo(5);
            } catch (RowhouseException e) {
                code = e.code();
            }
        }
        assertThat(code).isEqualTo(ErrorCode.CONFLICT);
        assertThat(near.region("taken").incarnation()).isEqualTo(2);
    }
}
