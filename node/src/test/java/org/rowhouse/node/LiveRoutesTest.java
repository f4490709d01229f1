package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be watched is told at once, before a stream begins. */
class LiveRoutesTest {
    private final NodeFixture node = NodeFixture.get();

    private static String watching(String path) {
        return "watch=" + URLEncoder.encode(path, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "/nothing,                404",
        "'',                      404",
        "/nodes/%zz,              400",
        "/nodes?limit=1&nonsense, 400",
        "/backup,                 404",
        "/connection,             404",
        "/sessions,               404",
        "/saved/sql,              404",
        "/tasks/x/outcome,        404",
        "/live?watch=/nodes,      404"
    })
    void whatCannotBeWatchedIsRefused(String path, int status) {
        assertThat(node.get("/live?" + watching(path)).status()).as(path).isEqualTo(status);
    }

    @Test
    void nothingAndTooMuchAreRefused() {
        assertThat(node.get("/live").status()).isEqualTo(400);
        String many =
                IntStream.rangeClosed(0, NodeBounds.LIVE_WATCHES_MAX)
                        .mapToObj(i -> watching("/nodes?limit=" + (i + 1)))
                        .collect(Collectors.joining("&"));
        assertThat(node.get("/live?" + many).status()).isEqualTo(400);
    }
}
