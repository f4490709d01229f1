package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.json.JsonMapper;

class BackupTest {
    @RegisterExtension static final SharedServer SERVER = new SharedServer();

    private static final String SHOP = "Odd \"shop";
    private static final Migration KERNEL = Migration.load(BackupTest.class, 1, "kernel.sql");
    private static final Migration LATER =
            new Migration(2, "later", "alter table rowhouse.thing add column later text");

    @TempDir Path folder;

    @Test
    void everythingComesBackAsItWas() throws Exception {
        Database source = filled();
        Path file = folder.resolve("all.backup");
        Backup.Summary written = Backup.write(source, file, List.of(SHOP));
        assertThat(written.rows()).isGreaterThan(1000);
        assertThat(Backup.check(file)).isEqualTo(written);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        Database target = SERVER.newDatabase();
        Backup.Summary restored = Backup.restore(target, file, List.of(KERNEL, LATER));
        assertThat(restored).isEqualTo(written);
        assertSame(source, target);
        assertThat(rows(target, "select count(*) from rowhouse.trace"))
                .as("no trigger fired while rows were restored")
                .isEqualTo(rows(source, "select count(*) from rowhouse.trace"));

        for (Database database : List.of(source, target)) {
            execute(
                    database,
                    "insert into rowhouse.thing (bucket) values (0);"
                            + "insert into rowhouse.place values ('new');"
                            + "insert into \"Odd \"\"shop\".account (owner) values ('eve');"
                            + "insert into \"Odd \"\"shop\".transfer (giver, taker, amount)"
                            + " values (1, 3, 1)");
        }
        String state =
                "select max(number) from rowhouse.thing"
                        + " union all select count(*) from rowhouse.trace"
                        + " union all select sum(id) from \"Odd \"\"shop\".account"
                        + " union all select count(*) from \"Odd \"\"shop\".rich"
                        + " union all select count(*) from \"Odd \"\"shop\".account"
                        + "     where owner = 'EVE' and twice = 200";
        assertThat(rows(target, state)).isEqualTo(rows(source, state));
        assertThatThrownBy(() ->
                        execute(
                                target,
                                "insert into \"Odd \"\"shop\".transfer (giver, taker, amount)"
                                        + " values (99, 1, 1)"))
                .hasMessageContaining("foreign key");
        assertThat(Migrations.apply(target, List.of(KERNEL, LATER))).isEqualTo(1);
    }

    @Test
    void movesToAnOlderServerAndBack() throws Exception {
        assumeTrue(PostgresFifteen.isInstalled(), "Debian's postgresql-15 is not installed");
        Database source = filled();
        Path there = folder.resolve("there.backup");
        Path back = folder.resolve("back.backup");
        Backup.write(source, there, List.of(SHOP));
        // Servers before 16 have to be able to enter the folders above their own.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (PostgresFifteen fifteen = PostgresFifteen.start(folder)) {
            Database older = fifteen.open(Home.at(folder.resolve("home")));
            assertThat(older.serverVersion()).isBetween(150000, 159999);
            Backup.restore(older, there, List.of(KERNEL));
            assertSame(source, older);
            Backup.write(older, back, List.of(SHOP));
        }
        Database target = SERVER.newDatabase();
        Backup.restore(target, back, List.of(KERNEL));
        assertSame(source, target);
    }

    @Test
    void movesBetweenAnEmbeddedAndAnotherServer() throws Exception {
        Database source = filled();
        Path file = folder.resolve("f.backup");
        Backup.write(source, file, List.of(SHOP));
        try (Database embedded =
                Database.open(Home.at(folder.resolve("embedded")), DatabaseSettings.embedded())) {
            Backup.restore(embedded, file, List.of(KERNEL));
            assertSame(source, embedded);
            Backup.write(embedded, file, List.of(SHOP));
        }
        Database target = SERVER.newDatabase();
        Backup.restore(target, file, List.of(KERNEL));
        assertSame(source, target);
    }

    @Test
    void isOneSnapshotWhileWorkGoesOn() throws Exception {
        Database source = SERVER.newDatabase();
        Migration purses =
                new Migration(
                        1,
                        "purses",
                        "create table rowhouse.a (id int primary key, coins int not null);create"
                            + " table rowhouse.z (id int primary key, coins int not null);insert"
                            + " into rowhouse.a select n, 10 from generate_series(1, 5000) n;insert"
                            + " into rowhouse.z select n, 10 from generate_series(1, 5000) n");
        Migrations.apply(source, List.of(purses));
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Integer> worker =
                CompletableFuture.supplyAsync(() -> moveCoins(source, done));
        Path file = folder.resolve("f.backup");
        for (int round = 0; round < 5; round++) {
            Backup.write(source, file, List.of());
            Database target = SERVER.newDatabase();
            Backup.restore(target, file, List.of(purses));
            assertThat(
                            rows(
                                    target,
                                    "select sum(coins) from (select coins from rowhouse.a union all"
                                            + " select coins from rowhouse.z) both_tables"))
                    .containsExactly("100000");
        }
        done.set(true);
        assertThat(worker.get()).as("work that went on meanwhile").isGreaterThan(10);
    }

    private static int moveCoins(Database database, AtomicBoolean done) {
        try (Connection connection = database.connect("work");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            int moved = 0;
            for (; !done.get(); moved++) {
                int id = moved % 5000 + 1;
                statement.execute("update rowhouse.a set coins = coins - 1 where id = " + id);
                statement.execute("update rowhouse.z set coins = coins + 1 where id = " + id);
                connection.commit();
            }
            return moved;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDatabaseThatHoldsSomethingIsRefusedAndLeftAsItWas() throws Exception {
        Path file = folder.resolve("f.backup");
        Backup.write(filled(), file, List.of());
        Database migrated = SERVER.newDatabase();
        Migrations.apply(migrated, List.of(KERNEL));
        execute(migrated, "insert into rowhouse.trace values ('mine')");
        refused(ErrorCode.CONFLICT, () -> Backup.restore(migrated, file, List.of(KERNEL)))
                .hasMessageContaining("not empty (table rowhouse.trace has rows)");
        assertThat(rows(migrated, "select line from rowhouse.trace")).contains("mine");
        execute(migrated, "delete from rowhouse.trace where line = 'mine'");
        Backup.restore(migrated, file, List.of(KERNEL));
    }

    @Test
    void aDamagedFileRestoresNothing() throws Exception {
        Path file = folder.resolve("f.backup");
        Backup.write(filled(), file, List.of());
        byte[] whole = Files.readAllBytes(file);
        Database target = SERVER.newDatabase();

        Path changed = folder.resolve("changed.backup");
        rewrite(file, changed);
        Path cut = Files.write(folder.resolve("cut"), java.util.Arrays.copyOf(whole, 5000));
        Path text = Files.writeString(folder.resolve("text"), "no zip at all");
        Path empty = folder.resolve("empty.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(empty))) {
            zip.putNextEntry(new ZipEntry("something.else"));
        }
        for (Path damaged : List.of(changed, cut, text, empty)) {
            refused(
                            ErrorCode.INVALID_ARGUMENT,
                            () -> Backup.restore(target, damaged, List.of(KERNEL)))
                    .hasMessageContaining(damaged.toString());
            refused(ErrorCode.INVALID_ARGUMENT, () -> Backup.check(damaged));
            assertThat(rows(target, "select to_regnamespace('rowhouse')::text"))
                    .containsOnlyNulls();
        }
        refused(
                ErrorCode.NOT_FOUND,
                () -> Backup.restore(target, folder.resolve("nothing"), List.of(KERNEL)));
    }

    @Test
    void aBackupOfANewerRowhouseIsRefused() throws Exception {
        Database source = filled();
        Migrations.apply(source, List.of(KERNEL, LATER));
        Path file = folder.resolve("f.backup");
        Backup.write(source, file, List.of());
        refused(
                        ErrorCode.DATABASE_UNSUITABLE,
                        () -> Backup.restore(SERVER.newDatabase(), file, List.of(KERNEL)))
                .hasMessageContaining("newer Rowhouse");
    }

    @Test
    void aFailedBackupLeavesTheGoodOne() throws Exception {
        Database source = filled();
        Path file = folder.resolve("f.backup");
        Backup.write(source, file, List.of());
        byte[] good = Files.readAllBytes(file);
        refused(ErrorCode.NOT_FOUND, () -> Backup.write(source, file, List.of("nowhere")));
        execute(
                source,
                "create schema odd; create table odd.parted (id int) partition by range (id)");
        refused(ErrorCode.CONFLICT, () -> Backup.write(source, file, List.of("odd")))
                .hasMessageContaining("the partitioned table odd.parted");
        assertThat(Files.readAllBytes(file)).isEqualTo(good);
        assertThat(folder.toFile().list()).containsExactly("f.backup");
        refused(
                ErrorCode.HOME_UNUSABLE,
                () -> Backup.write(source, folder.resolve("no/such/folder"), List.of()));
        refused(ErrorCode.NOT_FOUND, () -> Backup.write(SERVER.newDatabase(), file, List.of()));
    }

    private Database filled() throws Exception {
        Database database = SERVER.newDatabase();
        Migrations.apply(database, List.of(KERNEL));
        execute(
                database,
                """
                insert into rowhouse.place values ('home', E'tab\\there\\nline \\\\ back'), ('', null);
                insert into rowhouse.thing
                       (bucket, place, mood, body, raw, words, ratio, took, "Odd name")
                select n % 4, (array['home', 'seed', '', null])[n % 4 + 1],
                       (array['calm', 'it''s odd', null])[n % 3 + 1]::rowhouse.mood,
                       jsonb_build_object('n', n, 'text', E'ümläut \\u2603 "quoted"'),
                       decode(md5(n::text), 'hex'), array['a', null, '{},"\\'],
                       case n % 3 when 0 then 'nan' when 1 then n / 7.0 else '-infinity' end,
                       n * interval '1 month 3 days 0.123456 seconds',
                       E'\\\\.'
                from generate_series(1, 1000) n;
                insert into rowhouse.a_child select bucket, id from rowhouse.thing where bucket = 1
                """);
        try (InputStream component = BackupTest.class.getResourceAsStream("component.sql")) {
            execute(database, new String(component.readAllBytes(), StandardCharsets.UTF_8));
        }
        return database;
    }

    /** Compares two databases through backups of them: rows, sequences and definitions. */
    private void assertSame(Database one, Database other) throws IOException {
        BackupManifest first = manifest(one);
        BackupManifest second = manifest(other);
        assertThat(second.tables()).isEqualTo(first.tables());
        assertThat(second.sequences()).isEqualTo(first.sequences());
        assertThat(lasting(second.definitions()))
                .containsExactlyInAnyOrderElementsOf(lasting(first.definitions()));
        assertThat(second.migrations()).isEqualTo(first.migrations());
    }

    /** All but views, whose text each version of the server lays out in its own way. */
    private static List<BackupManifest.Definition> lasting(List<BackupManifest.Definition> all) {
        return all.stream().filter(each -> !each.statement().startsWith("create view")).toList();
    }

    private BackupManifest manifest(Database database) throws IOException {
        Path file = folder.resolve("manifest.backup");
        Backup.write(database, file, List.of(SHOP));
        try (ZipFile zip = new ZipFile(file.toFile());
                InputStream in = zip.getInputStream(zip.getEntry(BackupManifest.ENTRY))) {
            return JsonMapper.shared().readValue(in, BackupManifest.class);
        } finally {
            Files.delete(file);
        }
    }

    /** Copies a backup with one letter of one row changed, and all of zip's own checks right. */
    private static void rewrite(Path from, Path to) throws IOException {
        try (ZipFile zip = new ZipFile(from.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
            for (ZipEntry entry : java.util.Collections.list(zip.entries())) {
                byte[] content = zip.getInputStream(entry).readAllBytes();
                String text = new String(content, StandardCharsets.UTF_8);
                out.putNextEntry(new ZipEntry(entry.getName()));
                write(out, entry.getName().endsWith(".copy") ? text.replace("put", "pat") : text);
                out.closeEntry();
            }
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(
            ErrorCode code, ThrowingCallable work) {
        return assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        RowhouseException.class, e -> assertThat(e.code()).isEqualTo(code));
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
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
