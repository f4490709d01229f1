package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.rowhouse.node.NodeFixture.Reply;
import org.rowhouse.store.SqlFile;
import tools.jackson.databind.JsonNode;

/** The catalog as documentation: tables, one table, and what refers to what. */
class CatalogRoutesTest {
    private final NodeFixture node = NodeFixture.get();

    @Test
    void theListTellsOwnerAndSizeOfTables() {
        JsonNode task = find(node.get("/tables").json(), "name", "task");
        assertThat(task.path("owner").asString()).isEqualTo("tasks");
        assertThat(task.path("bytes").asLong()).isPositive();
        assertThat(task.path("kind").asString()).isEqualTo("table");
        assertThat(task.path("columns")).isNotEmpty();
        JsonNode brief = find(node.get("/tables?columns=false").json(), "name", "task");
        assertThat(brief.path("columns").isNull()).isTrue();
    }

    @Test
    void aTableIsDescribedWithAllThatHoldsForIt() {
        Reply reply = node.get("/tables/rowhouse/task");
        assertThat(reply.status()).isEqualTo(200);
        JsonNode task = reply.json();
        assertThat(task.path("owner").asString()).isEqualTo("tasks");
        JsonNode bucket = task.path("columns").get(0);
        assertThat(bucket.path("name").asString()).isEqualTo("bucket");
        assertThat(bucket.path("type").asString()).isEqualTo("smallint");
        assertThat(bucket.path("comment").asString()).isNotEmpty();
        JsonNode key = find(task.path("constraints"), "kind", "primary key");
        assertThat(strings(key.path("columns"))).containsExactly("bucket", "id");
        assertThat(find(task.path("indexes"), "name", "task_ready").path("comment").asString())
                .isNotEmpty();
        assertThat(strings(task.path("functions"))).contains("cancel_tasks");
        assertThat(task.path("bytes").path("total").asLong()).isPositive();
        assertThat(task.path("use").path("inserted").isNumber()).isTrue();
    }

    @Test
    void aViewIsDescribedByItsQuery() {
        JsonNode view = node.get("/tables/rowhouse/ready_task").json();
        assertThat(view.path("kind").asString()).isEqualTo("view");
        assertThat(view.path("definition").asString()).containsIgnoringCase("select");
        assertThat(view.path("bytes").isNull()).isTrue();
    }

    @Test
    void aTableOfAPersonIsDescribedWithItsTriggersAndForeignKeys() throws SQLException {
        execute(
                "create schema if not exists \"odd one\"",
                "create table \"odd one\".\"a.b\" (id int primary key, up int references \"odd"
                        + " one\".\"a.b\")",
                "create function \"odd one\".nothing() returns trigger language plpgsql as 'begin"
                        + " update \"a.b\" set id = 1; return null; end'",
                "create trigger does_nothing after insert on \"odd one\".\"a.b\" for each row"
                        + " execute function \"odd one\".nothing()");
        try {
            JsonNode odd = node.get("/tables/odd%20one/a.b").json();
            assertThat(
                            find(odd.path("triggers"), "name", "does_nothing")
                                    .path("enabled")
                                    .asBoolean())
                    .isTrue();
            assertThat(
                            find(odd.path("constraints"), "kind", "foreign key")
                                    .path("definition")
                                    .asString())
                    .startsWith("FOREIGN KEY");
            JsonNode relation = find(node.get("/relations").json(), "from_table", "a.b");
            assertThat(relation.path("kind").asString()).isEqualTo("constraint");
            assertThat(strings(relation.path("from_columns"))).containsExactly("up");
            assertThat(strings(relation.path("to_columns"))).containsExactly("id");
        } finally {
            execute("drop schema \"odd one\" cascade");
        }
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(node.get("/tables/rowhouse/nothing").status()).isEqualTo(404);
        assertThat(node.get("/tables/pg_catalog/pg_nothing").status()).isEqualTo(404);
    }

    @Test
    void everyRelationByConventionNamesColumnsThatExistAndHaveTheSameType() throws SQLException {
        JsonNode relations = node.get("/relations").json();
        List<JsonNode> known =
                relations.valueStream().filter(one -> is(one, "kind", "convention")).toList();
        Matcher written =
                Pattern.compile("(?m)^ {8}\\('").matcher(SqlFile.read(Listings.class, "relations"));
        assertThat(known).as("of those in the file").hasSize((int) written.results().count());
        for (JsonNode one : known) {
            assertThat(types(one, "from")).as(one.toString()).isEqualTo(types(one, "to"));
        }
    }

    @Test
    void aViewReadsTables() {
        assertThat(
                        node.get("/relations")
                                .json()
                                .valueStream()
                                .filter(one -> is(one, "kind", "view"))
                                .map(one -> one.path("from_table").asString()))
                .contains("ready_task");
    }

    private List<String> types(JsonNode relation, String end) {
        JsonNode columns =
                node.get("/tables/rowhouse/" + relation.path(end + "_table").asString())
                        .json()
                        .path("columns");
        return strings(relation.path(end + "_columns")).stream()
                .map(name -> find(columns, "name", name).path("type").asString())
                .toList();
    }

    private static boolean is(JsonNode one, String field, String value) {
        return one.path(field).asString("").equals(value);
    }

    private static JsonNode find(JsonNode all, String field, String value) {
        return all.valueStream()
                .filter(one -> is(one, field, value))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + field + " " + value + " in " + all));
    }

    private static List<String> strings(JsonNode all) {
        return all.valueStream().map(JsonNode::asString).toList();
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = node.rowhouse.database().connect("test");
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }
}
