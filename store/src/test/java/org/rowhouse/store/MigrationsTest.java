package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class MigrationsTest {
    @RegisterExtension static final SharedServer SERVER = new SharedServer();

    private static final Migration FIRST =
            new Migration(1, "one", "create table rowhouse.one (id int)");
    private static final Migration SECOND =
            new Migration(2, "two", "create table rowhouse.two (id int)");

    private Database database;

    @BeforeEach
    void open() {
        database = SERVER.newDatabase();
    }

    @Test
    void goForwardByNumberAndOnlyOnce() {
        assertThat(Migrations.apply(database, List.of(FIRST))).isEqualTo(1);
        assertThat(Migrations.apply(database, List.of(SECOND, FIRST))).isEqualTo(1);
        assertThat(Migrations.apply(database, List.of(SECOND, FIRST))).isZero();
    }

    @Test
    void refuseASchemaThatIsNewerThanTheProgram() {
        Migrations.apply(database, List.of(FIRST, SECOND));
        assertThatThrownBy(() -> Migrations.apply(database, List.of(FIRST)))
                .satisfies(e -> assertCode(e, ErrorCode.DATABASE_UNSUITABLE))
                .hasMessageContaining("newer than this program: it has migration 2 (two)");
    }

    @Test
    void refuseAChangedText() {
        Migrations.apply(database, List.of(FIRST));
        Migration changed = new Migration(1, "one", "create table rowhouse.other (id int)");
        assertThatThrownBy(() -> Migrations.apply(database, List.of(changed)))
                .satisfies(e -> assertCode(e, ErrorCode.DATABASE_UNSUITABLE))
                .hasMessageContaining("another text of migration 1 (one)");
    }

    @Test
    void refuseTwoOfTheSameNumber() {
        assertThatThrownBy(
                        () -> Migrations.apply(database, List.of(FIRST, new Migration(1, "x", ""))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFailedOneLeavesWhatTheOneBeforeMade() throws Exception {
        Migration broken =
                new Migration(2, "two", "create table rowhouse.two (id int); select 1 / 0");
        assertThatThrownBy(() -> Migrations.apply(database, List.of(FIRST, broken)))
                .hasMessageContaining("division by zero");
        execute("select * from rowhouse.one");
        assertThatThrownBy(() -> execute("select * from rowhouse.two"))
                .isInstanceOf(SQLException.class);
        assertThat(Migrations.apply(database, List.of(FIRST, SECOND))).isEqualTo(1);
    }

    @Test
    void manyNodesAtOnceApplyEachOnlyOnce() throws Exception {
        try (ExecutorService nodes = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> starts = new ArrayList<>();
            for (int node = 0; node < 6; node++) {
                starts.add(() -> Migrations.apply(database, List.of(FIRST, SECOND)));
            }
            int applied = 0;
            for (Future<Integer> each : nodes.invokeAll(starts)) {
                applied += each.get();
            }
            assertThat(applied).isEqualTo(2);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void assertCode(Throwable thrown, ErrorCode code) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        RowhouseException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
