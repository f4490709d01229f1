package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
    @Test
    void anEmbeddedDatabaseOpensMigratesAndOpensAgainWithItsRows(@TempDir Path folder)
            throws Exception {
        Home home = Home.at(folder.resolve("home"));
        List<Migration> migrations =
                List.of(new Migration(1, "first", "create table rowhouse.thing (id int)"));
        for (int round = 1; round <= 2; round++) {
            long begun = System.nanoTime();
            try (Database database = Database.open(home, DatabaseSettings.embedded())) {
                System.out.println("open ms " + (System.nanoTime() - begun) / 1_000_000);
                assertThat(database.embedded()).isTrue();
                assertThat(database.serverVersion()).isBetween(180000, 189999);
                assertThat(Migrations.apply(database, migrations)).isEqualTo(round == 1 ? 1 : 0);
                try (Connection connection = database.connect("test");
                        Statement statement = connection.createStatement()) {
                    statement.execute("insert into rowhouse.thing values (1)");
                    try (ResultSet row =
                            statement.executeQuery("select count(*) from rowhouse.thing")) {
                        row.next();
                        assertThat(row.getInt(1)).isEqualTo(round);
                    }
                }
                begun = System.nanoTime();
            }
            System.out.println("close ms " + (System.nanoTime() - begun) / 1_000_000);
        }
    }
}
