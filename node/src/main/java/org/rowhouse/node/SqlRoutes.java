package org.rowhouse.node;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.rowhouse.store.Database;

/** Statements of the user, and what they need to know. They ask for a database, not for a node. */
final class SqlRoutes {
    private final Database database;
    private final Listings listings;
    private final SqlRunner sql;

    SqlRoutes(Database database, Listings listings, SqlRunner sql) {
        this.database = database;
        this.listings = listings;
        this.sql = sql;
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/tables",
                        "list_tables",
                        "Lists tables and views with their columns and comments.",
                        "An array.",
                        call ->
                                Answer.json(
                                        Objects.requireNonNull(listings.json("tables", Map.of())))),
                Route.get(
                        "/connection",
                        "get_connection",
                        "Gives the address of the database for psql, password included.",
                        "url.",
                        call -> Answer.ok(Map.of("url", database.connectionString(true)))),
                Route.post(
                        "/sql",
                        "run_sql",
                        "Runs one statement of yours, which can only read unless write is true.",
                        Views.Sql.class,
                        "columns, rows, truncated, and changed: the number of rows that it"
                                + " changed.",
                        call -> Answer.ok(sql.run(call.body(Views.Sql.class), call.user()))));
    }
}
