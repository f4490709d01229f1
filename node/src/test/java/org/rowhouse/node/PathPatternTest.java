package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.node.NodeFixture.Reply;

/** Names in paths, whatever they hold. */
class PathPatternTest {
    private final NodeFixture node = NodeFixture.get();

    @Test
    void aPathIsSplitBeforeItIsDecoded() {
        PathPattern pattern = new PathPattern("/saved/{kind}/{name}");
        assertThat(pattern.values("/saved/sql/a%2Fb+c%20d"))
                .isEqualTo(Map.of("kind", "sql", "name", "a/b+c d"));
        assertThat(pattern.values("/s%61ved/sql/%F0%9F%8F%A0")).containsEntry("name", "🏠");
        for (String other :
                List.of(
                        "/saved/sql",
                        "/saved/sql/a/b",
                        "/saved/sql/",
                        "/kept/a/b",
                        "/saved%2Fsql/a")) {
            assertThat(pattern.values(other)).as(other).isNull();
        }
        assertThatThrownBy(() -> pattern.values("/saved/sql/%zz"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mail/out", "a+b c", "50%2F", "x;y=1", "/", "what?#", "'\u202e<b>"})
    void aNameMayHoldWhatDividesPaths(String name) {
        String path = "/saved/view/" + encoded(name);
        Reply saved = node.send("PUT", path, "{\"content\": \"all\"}", Map.of());
        assertThat(saved.status()).as("%s", saved.json()).isEqualTo(200);
        assertThat(node.get(path).text("name")).isEqualTo(name);
        assertThat(node.send("DELETE", path, null, Map.of()).status()).isEqualTo(200);
        assertThat(node.get(path).status()).isEqualTo(404);
    }

    @Test
    void aTableMayHaveASlashInItsName() {
        sql("create table public.\\\"a/b + c\\\" (n int)");
        Reply table = node.get("/tables/public/" + encoded("a/b + c"));
        assertThat(table.text("name")).isEqualTo("a/b + c");
        sql("drop table public.\\\"a/b + c\\\"");
    }

    @Test
    void pathsThatAreNotWellFormedAreNoRoutes() {
        for (String path :
                List.of("/queues/", "/queues//pause", "//queues", "/queues/a/b", "/queues/%C3")) {
            assertThat(node.get(path).status()).as(path).isIn(400, 404);
        }
        assertThat(node.get("/queues/direct;version=2").status()).isEqualTo(404);
        assertThat(node.get("/%71ueues/direct").status())
                .as("letters may be encoded")
                .isEqualTo(200);
    }

    private void sql(String statement) {
        Reply reply = node.post("/sql", "{\"statement\": \"" + statement + "\", \"write\": true}");
        assertThat(reply.status()).as("%s", reply.json()).isEqualTo(200);
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
