package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.node.NodeFixture.Reply;

/** Backups that cannot be made: nobody may take what came for a whole one. */
class BackupRouteTest {
    private final NodeFixture node = NodeFixture.get();
    @TempDir Path folder;

    @BeforeEach
    void deployVault() throws IOException {
        Files.writeString(
                folder.resolve("component.json"),
                """
                {"name": "vault", "version": "1", "schema": "vault", "migrations": ["1-gold.sql"]}
                """);
        Files.writeString(
                folder.resolve("1-gold.sql"),
                """
                create table ballast as
                    select md5(number::text) as text from generate_series(1, 50000) as number;
                create table gold (bars int)
                """);
        Files.writeString(
                folder.resolve("Vault.java"),
                """
                public class Vault {
                    @org.rowhouse.api.Function
                    public void open() {}
                }
                """);
        Reply deployed = node.post("/components", Json.text(Map.of("path", folder.toString())));
        assertThat(deployed.status()).as("%s", deployed.json()).isEqualTo(201);
    }

    @Test
    void whatABackupCannotCarryIsAProblemAndNoEmptyFile() {
        sql("create domain vault.grams as int");
        try {
            Reply reply = node.get("/backup");
            assertThat(reply.status()).isEqualTo(409);
            assertThat(reply.text("detail")).contains("vault.grams", "pg_dump");
        } finally {
            sql("drop domain vault.grams");
        }
        assertThat(node.get("/backup").status()).isEqualTo(200);
    }

    @Test
    void aBackupThatFailsOnItsWayBreaksOff() throws Exception {
        CompletableFuture<Reply> backup;
        try (Connection holder = node.rowhouse.database().connect("holder");
                Statement lock = holder.createStatement()) {
            holder.setAutoCommit(false);
            lock.execute("lock table vault.gold in access exclusive mode");
            backup = CompletableFuture.supplyAsync(() -> node.get("/backup"));
            endTheBackupThatWaits();
            holder.rollback();
        }
        assertThatThrownBy(() -> backup.get(30, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(IOException.class);
    }

    /** It has sent a part by then: the ballast is more than any buffer holds back. */
    private void endTheBackupThatWaits() throws SQLException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        try (Connection connection = node.rowhouse.database().connect("test");
                Statement statement = connection.createStatement()) {
            boolean ended = false;
            while (!ended) {
                assertThat(System.nanoTime()).as("a backup that waits").isLessThan(endNs);
                try (ResultSet row =
                        statement.executeQuery(
                                """
                                select pg_terminate_backend(pid)
                                from pg_stat_activity
                                where application_name = 'rowhouse backup'
                                  and wait_event_type = 'Lock'
                                """)) {
                    ended = row.next();
                }
            }
        }
    }

    private void sql(String statement) {
        Reply reply = node.post("/sql", Json.text(Map.of("statement", statement, "write", true)));
        assertThat(reply.status()).as("%s", reply.json()).isEqualTo(200);
    }
}
