package org.rowhouse.cli;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Distribution;
import org.rowhouse.store.Home;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Commands about the database as a whole. */
final class StoreCommands {
    private StoreCommands() {}

    /** {@code rowhouse store}: says what there is below it. */
    @CommandLine.Command
    static final class Store extends Command {
        Store(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Changes where the tables lie.";
        }

        @Override
        Map<String, Command> below() {
            return Map.of("distribute", new Distribute(shell));
        }

        @Override
        public Integer call() {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "What about the store? `rowhouse store distribute` spreads it over servers.");
        }
    }

    /**
     * {@code rowhouse store distribute}: spreads the tables over the servers of a Citus cluster.
     */
    @CommandLine.Command(
            footer = {
                "",
                "The database is the coordinator of a Citus cluster. No node may be up. Everything"
                        + " is one transaction; what is distributed already stays as it is.",
                "docs/citus.md says when this is worth it, and what differs afterwards."
            })
    static final class Distribute extends Command.WithJson {
        @Option(
                names = "--database",
                paramLabel = "URL",
                description = "The coordinator (default: $$ROWHOUSE_DATABASE or the home's own).")
        @Nullable String database;

        @Option(
                names = "--buckets",
                paramLabel = "N",
                description =
                        "Raises the number of buckets first: several for each server. Can only"
                                + " grow.")
        @Nullable Integer buckets;

        @Option(names = "--dry-run", description = "Shows what would be done, and does nothing.")
        boolean dryRun;

        Distribute(Shell shell) {
            super(shell);
        }

        @Override
        String about() {
            return "Spreads the tables over the servers of a Citus cluster.";
        }

        @Override
        public Integer call() {
            Home home = home();
            try (NodeClient running = NodeClient.find(home)) {
                if (running != null) {
                    throw new RowhouseException(
                            ErrorCode.CONFLICT,
                            "A node is up on " + home + ": stop it by `rowhouse down`.");
                }
            }
            DatabaseSettings settings = DatabaseSettings.resolve(database, shell.environment());
            try (Database opened = Database.open(home, settings)) {
                show(
                        Distribution.plan(opened, Rowhouse.MIGRATIONS, buckets),
                        dryRun ? "Nothing was changed." : "");
                if (!dryRun) {
                    Distribution.distribute(opened, Rowhouse.MIGRATIONS, buckets);
                    if (!json) {
                        shell.out().println("Done; every table has the rows that it had.");
                    }
                }
                return 0;
            }
        }

        private void show(Distribution.Plan plan, String after) {
            if (json) {
                printJson(asJson(plan));
                return;
            }
            Table table = new Table("TABLE", "ROWS", "PLACE", "").right(1);
            for (Distribution.Place place : plan.places()) {
                table.add(
                        place.table(),
                        Text.count(place.rows()),
                        switch (place.kind()) {
                            case DISTRIBUTED -> "by bucket, in " + plan.shards() + " shards";
                            case REFERENCE -> "a copy on every server";
                            case LOCAL -> "the coordinator";
                        },
                        place.done() ? "lies there" : "goes there");
            }
            print(table);
            shell.out()
                    .println(
                            plan.buckets()
                                    + " buckets on "
                                    + plan.servers()
                                    + " servers. "
                                    + after);
        }

        private JsonNode asJson(Distribution.Plan plan) {
            ObjectNode all = NodeClient.JSON.createObjectNode();
            all.put("buckets", plan.buckets());
            all.put("shards", plan.shards());
            all.put("servers", plan.servers());
            all.put("done", !dryRun);
            ArrayNode tables = all.putArray("tables");
            for (Distribution.Place place : plan.places()) {
                tables.addObject()
                        .put("table", place.table())
                        .put("place", place.kind().name().toLowerCase(Locale.ROOT))
                        .put("rows", place.rows())
                        .put("was_there", place.done());
            }
            return all;
        }
    }
}
