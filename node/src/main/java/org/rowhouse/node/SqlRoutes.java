package org.rowhouse.node;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;

/** Statements of the user, and what they need to know. They ask for a database, not for a node. */
final class SqlRoutes {
    private final Database database;
    private final Listings listings;
    private final SqlRunner sql;
    private final @Nullable ViewerSql viewers;
    private final @Nullable Audit audit;

    /**
     * @param viewers for callers who are no admins; null: there are none
     * @param audit what is told of statements that may write; null: nothing
     */
    SqlRoutes(
            Database database,
            Listings listings,
            SqlRunner sql,
            @Nullable ViewerSql viewers,
            @Nullable Audit audit) {
        this.database = database;
        this.listings = listings;
        this.sql = sql;
        this.viewers = viewers;
        this.audit = audit;
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/tables",
                        "list_tables",
                        "Lists tables and views with their columns and comments.",
                        "An array.",
                        this::tables,
                        Parameter.flag("columns", "False: without their columns.")),
                Route.get(
                        "/tables/{schema}/{name}",
                        "get_table",
                        "Describes one table or view, as the catalog has it.",
                        "Its columns, constraints, indexes and triggers, size in bytes, estimated"
                                + " rows, how it is used, and the functions that change it.",
                        this::table),
                Route.get(
                        "/relations",
                        "list_relations",
                        "Lists which tables and views refer to which: by a constraint, by"
                                + " convention, or as a view reads.",
                        "An array.",
                        call ->
                                Answer.json(
                                        Objects.requireNonNull(
                                                listings.json("relations", Map.of())))),
                Route.get(
                                "/connection",
                                "get_connection",
                                "Gives the address of the database for psql, password included.",
                                "url.",
                                call -> Answer.ok(Map.of("url", database.connectionString(true))))
                        .needs(Role.ADMIN),
                Route.post(
                                "/sql",
                                "run_sql",
                                "Runs one statement of yours, which can only read unless write is"
                                        + " true; that needs the role admin. Others run queries"
                                        + " under the rights of the role rowhouse_viewer.",
                                Views.Sql.class,
                                "columns, rows, truncated, and changed: the number of rows that it"
                                        + " changed.",
                                call -> Answer.ok(run(call, call.body(Views.Sql.class))))
                        .needs(Role.VIEWER)
                        .unaudited()); // notes itself what may write
    }

    private Views.SqlResult run(Call call, Views.Sql request) {
        if (Boolean.TRUE.equals(request.write())) {
            call.require(Role.ADMIN, "A statement that may write");
            return write(call, request);
        }
        return viewers == null || call.caller().role().atLeast(Role.ADMIN)
                ? sql.run(request, call.user(), null)
                : viewers.run(request, call.user());
    }

    private Views.SqlResult write(Call call, Views.Sql request) {
        if (audit == null) {
            return sql.run(request, call.user(), null);
        }
        String statement = Required.field("statement", request.statement());
        Audit.Action action = call.action("statement", List.of(SqlSecrets.masked(statement)));
        try {
            return sql.run(request, call.user(), action);
        } catch (RowhouseException e) {
            audit.failed(action, SqlSecrets.masked(String.valueOf(e.getMessage())));
            throw e;
        }
    }

    private Answer tables(Call call) {
        boolean columns = call.query("columns") == null || call.queryFlag("columns");
        return Answer.json(
                Objects.requireNonNull(listings.json("tables", Map.of("columns", columns))));
    }

    private Answer table(Call call) {
        String schema = call.path("schema");
        String name = call.path("name");
        return Answer.jsonOr(
                listings.json("table", Map.of("schema", schema, "name", name)),
                "There is no table or view '" + name + "' in schema '" + schema + "'.");
    }
}
