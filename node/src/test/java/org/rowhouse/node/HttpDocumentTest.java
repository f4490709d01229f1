package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import tools.jackson.databind.JsonNode;

/** Holds docs/http.md, and the tables of docs/reference.md that come from the node, to the code. */
class HttpDocumentTest {
    private static final Path DOCS = Path.of("../docs");

    private static final String HEAD =
            """
            # The HTTP API

            Made from the routes themselves by `HttpDocumentTest`; do not edit it by hand. A node serves the same as an OpenAPI 3.1 description at
            `/openapi.json`, which needs no token.

            The address stands in `node.json` of the node's home (`rowhouse status` prints it), the token in the file `token`. Every other request
            shows it:

            ```sh
            curl -H "Authorization: Bearer $(cat ~/.rowhouse/token)" http://127.0.0.1:PORT/status
            ```

            The secret of a session, which [`POST /sessions`](#login) gives to people with an account, does as well: [accounts.md](accounts.md). Whoever has the token
            may do everything; a session may do what its account's role allows. Each route names the least role that it asks for: *viewer*, *operator* or *admin*, of which
            each has all rights of the ones before; *none* asks for no token.

            Bodies and answers are JSON; names are those of the tables' columns. The header `Rowhouse-User` names who asks with the token, for events and `changed_by`; it
            proves nothing. Names in a path are percent-encoded, a slash in one as `%2F`. Unknown fields and parameters are refused. Errors are problem
            details (RFC 9457, `application/problem+json`) with `title`,
            `status`, `detail`, `code` and `number`: [reference.md](reference.md#error-codes) lists the codes.

            """;

    @Test
    void theApiIsDescribedAsItIs(@TempDir Path folder) throws Exception {
        try (Rowhouse rowhouse = Rowhouse.open(folder.resolve("home"));
                HttpApi api =
                        HttpApi.start(
                                rowhouse,
                                InetSocketAddress.createUnresolved("127.0.0.1", 0),
                                () -> {})) {
            String document = HEAD + describe(api.routes());
            Path fresh = Files.writeString(Path.of("target", "http.md"), document);
            assertThat(DOCS.resolve("http.md"))
                    .as("run: cp node/" + fresh + " docs/http.md")
                    .hasContent(document);
            Listings listings = new Listings(rowhouse.database());
            try (listings) {
                assertThat(Files.readString(DOCS.resolve("reference.md")))
                        .as("docs/reference.md, settings")
                        .contains(settings(listings));
            }
        }
    }

    @Test
    void everyErrorCodeIsListedWithItsNumbers() throws Exception {
        String reference = Files.readString(DOCS.resolve("reference.md"));
        assertThat(reference.lines().filter(line -> line.matches("\\| \\d{3} \\| [A-Z_]+ \\|.*")))
                .hasSameSizeAs(ErrorCode.values());
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(reference.lines())
                    .as(code.name())
                    .anyMatch(line ->
                            line.startsWith("| " + code.number() + " | " + code + " | ")
                                    && line.endsWith(
                                            ". | "
                                                    + code.httpStatus()
                                                    + " | "
                                                    + code.exitCode()
                                                    + " |"));
        }
    }

    private static String settings(Listings listings) {
        JsonNode all = Json.MAPPER.readTree(listings.json("settings", Map.of()));
        StringBuilder table =
                new StringBuilder("| name | default | unit | meaning |\n|---|---|---|---|\n");
        for (JsonNode one : all) {
            table.append("| `").append(one.path("name").asString());
            for (String field : List.of("value", "unit", "meaning")) {
                table.append(field.equals("value") ? "` | " : " | ")
                        .append(one.path(field).asString());
            }
            table.append(" |\n");
        }
        return table.toString();
    }

    private static String describe(List<Route> routes) {
        StringBuilder text =
                new StringBuilder("| route | what it does | least role |\n|---|---|---|\n");
        for (Route route : routes) {
            text.append(
                    "| [`%s %s`](#%s) | %s | %s |\n"
                            .formatted(
                                    route.method(),
                                    route.path(),
                                    route.name(),
                                    route.summary(),
                                    route.least().sqlName()));
        }
        routes.forEach(route -> text.append('\n').append(describe(route)));
        return text.toString();
    }

    private static String describe(Route route) {
        StringBuilder text =
                new StringBuilder(
                        "## %s\n\n`%s %s`: %s\n\n"
                                .formatted(
                                        route.name(),
                                        route.method(),
                                        route.path(),
                                        route.summary()));
        List<String[]> rows = new ArrayList<>();
        route.query().forEach(one -> rows.add(new String[] {one.name(), "query", one.meaning()}));
        if (route.body() != null) {
            JsonNode schema = Json.MAPPER.valueToTree(OpenApi.schema(route.body()));
            List<String> required =
                    schema.path("required").valueStream().map(JsonNode::asString).toList();
            schema.path("properties")
                    .propertyStream()
                    .forEach(field ->
                            rows.add(
                                    new String[] {
                                        field.getKey(),
                                        required.contains(field.getKey())
                                                ? "body, required"
                                                : "body",
                                        field.getValue().path("description").asString("")
                                    }));
        }
        if (!rows.isEmpty()) {
            text.append("| name | where | meaning |\n|---|---|---|\n");
            for (String[] row : rows) {
                StringJoiner cells = new StringJoiner(" | ", "| `", " |\n");
                cells.add(row[0] + "`");
                Arrays.stream(row).skip(1).forEach(cells::add);
                text.append(cells);
            }
            text.append('\n');
        }
        return text.append("Answer: ").append(route.answer()).append('\n').toString();
    }
}
