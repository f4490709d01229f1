package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class EmbeddedServerTest {
    private static final DatabaseSettings EMBEDDED = DatabaseSettings.embedded();
    private static final List<Migration> SCHEMA =
            List.of(new Migration(1, "thing", "create table rowhouse.thing (id int)"));

    @TempDir Path folder;

    @Test
    void aLaterStartUsesWhatTheFirstOneMade() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        Path cache = folder.resolve("cache");
        DatabaseSettings fresh = EMBEDDED.withCache(cache);
        makeReachable(folder);
        Duration first = openAndClose(home, fresh);
        Set<FileTime> unpacked = changesBelow(cache);
        FileTime made = Files.getLastModifiedTime(home.database().resolve("data/PG_VERSION"));
        Duration later = openAndClose(home, fresh);
        System.out.println("From artifact to database: " + first + ", later: " + later);
        assertThat(changesBelow(cache)).isNotEmpty().isEqualTo(unpacked);
        assertThat(Files.getLastModifiedTime(home.database().resolve("data/PG_VERSION")))
                .isEqualTo(made);
    }

    /** When the status of files below a folder changed. */
    private static Set<FileTime> changesBelow(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            Set<FileTime> changes = new HashSet<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                changes.add((FileTime) Files.getAttribute(file, "unix:ctime"));
            }
            return changes;
        }
    }

    @Test
    void aHomeWithAnOddNameBelowAFolderThatOnlyItsOwnerMayEnterWorks() throws Exception {
        Path closed = folder.resolve("for me alone");
        Home.createFolder(closed);
        Home home = Home.at(closed.resolve("a 'home' with \"quotes\" and ümläuts"));
        try (Database database = Database.open(home, EMBEDDED)) {
            assertThat(rows(database, "select session_user::text")).containsExactly("rowhouse");
            assertThat(rows(database, "select rolsuper from pg_roles where rolname = 'rowhouse'"))
                    .containsExactly("f");
            assertThat(rows(database, "show fsync")).containsExactly("on");
            assertThat(rows(database, "show synchronous_commit")).containsExactly("on");
            assertThat(rows(database, "show autovacuum_naptime")).containsExactly("5s");
            assertThat(
                            rows(
                                    database,
                                    "select application_name from pg_stat_activity"
                                            + " where pid = pg_backend_pid()"))
                    .containsExactly("rowhouse test");
            assertThat(Files.getOwner(home.database().resolve("data")).getName())
                    .isNotEqualTo("root");
            assertThat(home.database().resolve("logs")).isNotEmptyDirectory();
        }
    }

    @Test
    void passwordsAreInAFileForTheOwnerAloneAndInNoText() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        try (Database database = Database.open(home, EMBEDDED)) {
            String password = EmbeddedSecrets.read(home.databaseSecrets()).everyday();
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(home.databaseSecrets())))
                    .isEqualTo("rw-------");
            assertThat(database.toString() + database.jdbcUrl() + database.connectionString(false))
                    .doesNotContain(password);
            assertThat(database.connectionString(true)).contains(password);
            try (Database again =
                    Database.open(
                            home,
                            DatabaseSettings.server(
                                    database.connectionString(true), java.util.Map.of()))) {
                assertThat(again.embedded()).isFalse();
            }
        }
    }

    @Test
    void aServerThatOutlivedItsKilledNodeIsAdoptedAndStoppedByTheNextClose() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        long server;
        try (NodeProcess node = NodeProcess.start(home)) {
            try (Database attached = Database.attach(home)) {
                Migrations.apply(attached, SCHEMA);
                execute(attached, "insert into rowhouse.thing values (7)");
            }
            server = serverPid(home);
            node.kill();
        }
        Home moved = Home.at(folder.resolve("moved"));
        Files.move(home.path(), moved.path());
        try (Database database = Database.open(moved, EMBEDDED)) {
            assertThat(serverPid(moved)).isEqualTo(server);
            assertThat(rows(database, "select id from rowhouse.thing")).containsExactly("7");
        }
        assertThat(new ServerProcesses(moved.database().resolve("data")).all()).isEmpty();
        assertThatThrownBy(() -> Database.attach(moved))
                .hasMessageContaining("No database runs in the home folder");
    }

    @Test
    void aKilledServerIsStartedAgainWhileTheNodeLives() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        try (Database database = Database.open(home, EMBEDDED)) {
            Migrations.apply(database, SCHEMA);
            execute(database, "insert into rowhouse.thing values (1)");
            String address = database.jdbcUrl();
            for (int round = 0; round < 3; round++) {
                long server = serverPid(home);
                kill(server);
                assertThat(rows(database, "select id from rowhouse.thing")).containsExactly("1");
                assertThat(serverPid(home)).isNotEqualTo(server);
            }
            assertThat(database.jdbcUrl()).isEqualTo(address);
        }
    }

    @Test
    void aNodeStartsOverWhatAKilledNodeAndAKilledServerLeft() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        try (NodeProcess node = NodeProcess.start(home)) {
            try (Database attached = Database.attach(home)) {
                Migrations.apply(attached, SCHEMA);
                execute(attached, "insert into rowhouse.thing values (1)");
            }
            node.kill();
            kill(serverPid(home));
        }
        // The number of the dead server now belongs to another program: this one.
        Path pidFile = home.database().resolve("data/postmaster.pid");
        List<String> lines = Files.readAllLines(pidFile);
        lines.set(0, Long.toString(ProcessHandle.current().pid()));
        Files.write(pidFile, lines);
        try (Database database = Database.open(home, EMBEDDED)) {
            assertThat(rows(database, "select id from rowhouse.thing")).containsExactly("1");
        }
    }

    @Test
    void aHalfMadeDataFolderIsMadeAnew() throws Exception {
        Home home = Home.at(folder.resolve("home")).create();
        Path half = home.database().resolve("data.half/base");
        Files.createDirectories(half);
        Files.writeString(half.resolve("1"), "not a table");
        Files.writeString(home.database().resolve("password.half"), "old");
        try (Database database = Database.open(home, EMBEDDED)) {
            assertThat(database.embedded()).isTrue();
            assertThat(home.database().resolve("data.half")).doesNotExist();
            assertThat(home.database().resolve("password.half")).doesNotExist();
        }
    }

    @Test
    void aNodeThatIsKilledAtAnyMomentOfItsFirstStartDoesNoHarm() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        for (int milliseconds = 200; milliseconds <= 1400; milliseconds += 200) {
            Process node = NodeProcess.spawn(home);
            assertThat(node.waitFor(Duration.ofMillis(milliseconds))).isFalse();
            node.destroyForcibly().waitFor();
        }
        try (Database database = Database.open(home, EMBEDDED)) {
            Migrations.apply(database, SCHEMA);
        }
        assertThat(home.database().resolve("data.half")).doesNotExist();
    }

    @Test
    void anOrphanedServerThatDoesNotAnswerIsReplaced() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        long server;
        try (NodeProcess node = NodeProcess.start(home)) {
            server = serverPid(home);
            node.kill();
        }
        assertThat(run("sh", "-c", "kill -s STOP " + server)).isTrue();
        try (Database database = Database.open(home, EMBEDDED)) {
            assertThat(serverPid(home)).isNotEqualTo(server);
            Migrations.apply(database, SCHEMA);
        }
    }

    @Test
    void aHomeThatWasMovedOpensWithItsRows() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        try (Database database = Database.open(home, EMBEDDED)) {
            Migrations.apply(database, SCHEMA);
        }
        Home moved = Home.at(folder.resolve("elsewhere"));
        Files.move(home.path(), moved.path());
        try (Database database = Database.open(moved, EMBEDDED)) {
            assertThat(rows(database, "select count(*) from rowhouse.thing")).containsExactly("0");
        }
    }

    @Test
    void closingDoesNotWaitForForgottenSessions() throws Exception {
        Database database = Database.open(Home.at(folder.resolve("home")), EMBEDDED);
        try (Connection forgotten = database.connect("forgotten");
                Statement statement = forgotten.createStatement()) {
            forgotten.setAutoCommit(false);
            statement.execute("select 1");
            long begun = System.nanoTime();
            database.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void aSecondNodeOnTheSameHomeIsToldWhoHoldsIt() throws Exception {
        Home home = Home.at(folder.resolve("home"));
        try (NodeProcess node = NodeProcess.start(home)) {
            assertThatThrownBy(() -> Database.open(home, EMBEDDED))
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(ErrorCode.HOME_IN_USE);
                                assertThat(e)
                                        .hasMessageContaining("process " + node.pid() + " since 2");
                            });
            assertThat(home.holder().orElseThrow().pid()).isEqualTo(node.pid());
        }
        assertThat(home.holder()).isEmpty();
        Database.open(home, EMBEDDED).close();
    }

    @Test
    void aFullDiskIsASentenceAndLosesNothing() throws Exception {
        assumeTrue(ServerUser.isRoot(), "only root can mount the small file system this needs");
        Path small = Files.createDirectory(folder.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", small.toString()),
                "this machine does not allow mounts");
        Path filler = small.resolve("filler");
        try {
            Home home = Home.at(small.resolve("home"));
            try (Database database = Database.open(home, EMBEDDED.withPatience(Duration.ZERO))) {
                Migrations.apply(database, SCHEMA);
                execute(database, "insert into rowhouse.thing values (1)");
                fill(filler);
                assertThatThrownBy(() ->
                                execute(
                                        database,
                                        "insert into rowhouse.thing"
                                                + " select generate_series(1, 2000000)"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e ->
                                        assertThat(DatabaseErrors.explain(e).code())
                                                .isIn(
                                                        ErrorCode.DISK_FULL,
                                                        ErrorCode.DATABASE_UNAVAILABLE));
            }
            fill(filler);
            Home second = Home.at(small.resolve("second"));
            assertThatThrownBy(() -> Database.open(second, EMBEDDED))
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(ErrorCode.DISK_FULL);
                                assertThat(e.code().exitCode()).isEqualTo(2);
                            });
            Files.delete(filler);
            try (Database database = Database.open(home, EMBEDDED)) {
                assertThat(rows(database, "select id from rowhouse.thing")).containsExactly("1");
            }
            Database.open(second, EMBEDDED).close();
        } finally {
            run("umount", "-l", small.toString());
        }
    }

    private static void fill(Path filler) throws IOException {
        byte[] block = new byte[1 << 12];
        try (var out =
                Files.newOutputStream(
                        filler,
                        java.nio.file.StandardOpenOption.CREATE,
                        java.nio.file.StandardOpenOption.APPEND)) {
            for (int blocks = 0; blocks < 1 << 16; blocks++) {
                out.write(block);
            }
            throw new IllegalStateException("the disk did not get full");
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private static boolean run(String... command) throws Exception {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** Lets another user reach a cache that stands below this folder. */
    private static void makeReachable(Path folder) {
        try {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Duration openAndClose(Home home, DatabaseSettings settings) {
        long begun = System.nanoTime();
        Database database = Database.open(home, settings);
        Duration taken = Duration.ofNanos(System.nanoTime() - begun);
        database.close();
        return taken;
    }

    private static void kill(long pid) {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        assertThat(process.destroyForcibly()).isTrue();
        process.onExit().join();
    }

    private static long serverPid(Home home) {
        return new ServerProcesses(home.database().resolve("data")).recordedPid().orElseThrow();
    }

    private static void execute(Database database, String sql) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> rows(Database database, String query) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> values = new java.util.ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
