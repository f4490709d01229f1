package org.rowhouse.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Backup;
import org.rowhouse.store.CatalogDocument;
import org.rowhouse.store.CatalogRules;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;

/** Holds the whole kernel's schema to the catalog's rules, and its reference to the schema. */
class SchemaTest {
    private static final Path REFERENCE = Path.of("../../docs/tables.md");

    @Test
    void theSchemaKeepsTheRulesAndIsDescribedAsItIs(@TempDir Path folder) throws Exception {
        StringBuilder described = new StringBuilder();
        try (Database database =
                        Database.open(
                                Home.at(folder.resolve("home")), DatabaseSettings.embedded());
                Connection connection = migrated(database)) {
            assertThat(CatalogRules.violations(connection)).isEmpty();
            CatalogDocument.write(connection, described);
        }
        Path fresh = Files.writeString(Path.of("target", "tables.md"), described);
        assertThat(REFERENCE)
                .as("run: cp testing/rules/" + fresh + " docs/tables.md")
                .hasContent(described.toString());
    }

    @Test
    void theSchemaSurvivesABackup(@TempDir Path folder) {
        Path file = folder.resolve("all.backup");
        try (Database database =
                        Database.open(Home.at(folder.resolve("one")), DatabaseSettings.embedded());
                Database other =
                        Database.open(
                                Home.at(folder.resolve("two")), DatabaseSettings.embedded())) {
            Migrations.apply(database, Rowhouse.MIGRATIONS);
            Backup.Summary written = Backup.write(database, file, List.of());
            assertThat(Backup.restore(other, file, Rowhouse.MIGRATIONS)).isEqualTo(written);
            assertThat(Migrations.apply(other, Rowhouse.MIGRATIONS)).isZero();
        }
    }

    private static Connection migrated(Database database) {
        Migrations.apply(database, Rowhouse.MIGRATIONS);
        return database.connect("catalog");
    }
}
