package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedSqlTest {
    @TempDir Path folder;

    @Test
    void namesAreFoundOutsideQuotesCommentsAndCasts() {
        NamedSql sql =
                NamedSql.parse(
                        "x",
                        """
                        -- :no
                        select ':no it''s :no', :a::text, b::int -- :no
                        where :b_c > :a
                        """);
        assertThat(sql.names()).containsExactly("a", "b_c", "a");
        assertThat(sql.text())
                .isEqualTo(
                        """
                        select ':no it''s :no', ?::text, b::int\s
                        where ? > ?\
                        """);
    }

    @Test
    void everyKindOfValueArrivesAsItIs() throws Exception {
        NamedSql sql =
                NamedSql.parse(
                        "kinds",
                        """
                        select :text || '?' as text, :number::bigint + 1 as number, :flag::boolean as flag,
                               :none::integer as none, :bytes::bytea as bytes, :time::timestamptz as time,
                               :earliest::timestamptz as earliest, (:ids::uuid[])[2]::text as id,
                               (:words::text[])[1] as word, (:words::text[])[2] as no_word
                        """);
        UUID id = new UUID(1, 2);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("text", "it's \"so\"");
        values.put("number", 41);
        values.put("flag", true);
        values.put("none", null);
        values.put("bytes", new byte[] {1, 2});
        values.put("time", Instant.parse("2026-01-02T03:04:05Z"));
        values.put("earliest", NamedSql.EARLIEST);
        values.put("ids", List.of(new UUID(0, 0), id));
        values.put("words", Arrays.asList("a \"b\", {c}\\", null));
        try (Database database =
                        Database.open(
                                Home.at(folder.resolve("home")), DatabaseSettings.embedded());
                Connection connection = database.connect("test")) {
            List<List<@Nullable Object>> rows =
                    sql.rows(
                            connection,
                            values,
                            row ->
                                    Arrays.asList(
                                            row.getString("text"),
                                            row.getLong("number"),
                                            row.getBoolean("flag"),
                                            row.getObject("none"),
                                            row.getBytes("bytes")[1],
                                            NamedSql.instant(row, "time"),
                                            NamedSql.instant(row, "earliest"),
                                            row.getString("id"),
                                            row.getString("word"),
                                            row.getString("no_word")));
            assertThat(rows)
                    .containsExactly(
                            Arrays.asList(
                                    "it's \"so\"?",
                                    42L,
                                    true,
                                    null,
                                    (byte) 2,
                                    Instant.parse("2026-01-02T03:04:05Z"),
                                    NamedSql.EARLIEST,
                                    id.toString(),
                                    "a \"b\", {c}\\",
                                    null));
            values.remove("flag");
            assertThatThrownBy(() -> sql.prepare(connection, values))
                    .hasMessageContaining("kinds.sql needs a value for :flag");
        }
    }
}
