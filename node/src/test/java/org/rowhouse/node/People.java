package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rowhouse.node.NodeFixture.Reply;
import tools.jackson.databind.JsonNode;

/** People with accounts on the node of the tests, and what they ask. */
final class People {
    static final String PASSWORD = "a long enough password";

    /** Of all tests: hashing a password takes its time. */
    private static final Map<String, String> SECRETS = new HashMap<>();

    private final NodeFixture node = NodeFixture.get();

    /** Makes an account of this role and logs in to it, if no test has done so before. */
    void have(String name, String role) {
        if (SECRETS.containsKey(name)) {
            return;
        }
        Reply made =
                node.post(
                        "/accounts",
                        Json.text(Map.of("name", name, "role", role, "password", PASSWORD)));
        assertThat(made.status()).as("%s", made.json()).isEqualTo(200);
        login(name);
    }

    void login(String name) {
        Reply opened = asNobody("POST", "/sessions", login(name, PASSWORD));
        assertThat(opened.status()).as("%s", opened.json()).isEqualTo(200);
        SECRETS.put(name, opened.text("secret"));
    }

    static String login(String name, String password) {
        return Json.text(Map.of("name", name, "password", password));
    }

    String secret(String name) {
        return SECRETS.get(name);
    }

    /** What somebody asks who has logged in. */
    Reply as(String name, String method, String path, String body) {
        return bearing(SECRETS.get(name), method, path, body);
    }

    Reply bearing(String secret, String method, String path, String body) {
        return node.send(method, path, body, Map.of("Authorization", "Bearer " + secret));
    }

    Reply asNobody(String method, String path, String body) {
        return node.send(method, path, body, Map.of("Authorization", ""));
    }

    /** The newest row of the audit about this. */
    JsonNode audit(String account, String action) {
        return rows(account, action).get(0);
    }

    JsonNode rows(String account, String action) {
        return node.get("/audit?account=" + account + "&action=" + action).json().path("rows");
    }

    /** The first column of each row. */
    List<String> read(String query) {
        try (Connection connection = node.rowhouse.database().connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            List<String> values = new ArrayList<>();
            while (row.next()) {
                values.add(String.valueOf(row.getString(1)));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void run(String statement) {
        try (Connection connection = node.rowhouse.database().connect("test");
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
