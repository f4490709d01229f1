package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;
import org.rowhouse.store.Home;

/** Commands about nodes, given as a person gives them. */
class ClusterCommandsTest {
    private final CliFixture cli = CliFixture.get();

    private String name() {
        return cli.give("nodes", "--json").ok().json().get(0).path("name").asString();
    }

    @Test
    void nodesAreListedCordonedDrainedAndUncordoned() {
        assertThat(cli.give("nodes").ok().out()).contains("NAME", "ZONE", "CORES", name(), "up");
        assertThat(cli.give("node", "cordon", name()).ok().out()).contains("up, cordoned");
        assertThat(cli.give("node", "drain", name(), "--hand-over-after", "0s").ok().out())
                .contains("Node " + name() + " is drained.");
        assertThat(cli.give("nodes").ok().out()).contains("up, drained");
        assertThat(cli.give("node", "uncordon", name()).ok().out()).doesNotContain("drained");
        assertThat(cli.give("start", "--wait", "numbers/same", "{\"value\": 7}").ok().out())
                .contains("7");
        Result nobody = cli.give("node", "drain", "nobody");
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err()).contains("'nobody'");
    }

    @Test
    void declaredNodesStandInTheTreeAndLiesAreRefused(@TempDir Path folder) throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("racks.json"),
                        """
                        [{"name": "rack-9", "zone": "hall-9", "tier": "edge", "cores": 96,
                          "memory_mib": 786432, "devices": [{"model": "A100", "count": 8}]}]
                        """);
        assertThat(cli.give("node", "declare", file.toString()).ok().out()).contains("rack-9", "9");
        assertThat(cli.give("topology").ok().out())
                .contains(
                        "zone hall-9",
                        "└─ rack-9  edge, 96 cores, 768.0 GiB, 8 x A100",
                        "simulated");
        assertThat(cli.give("topology", "rack-9").ok().out()).contains("└─ 8 x device gpu A100");
        assertThat(cli.give("topology", "--json", "rack-9").ok().json()).hasSize(9);
        cli.give("node", "forget", "rack-9").ok();
        assertThat(cli.give("topology").ok().out()).doesNotContain("rack-9");
        Files.writeString(file, "{\"name\": \"rack-9\", \"cores\": 1e9}");
        Result lie = cli.give("node", "declare", file.toString());
        assertThat(lie.code()).isEqualTo(2);
        assertThat(lie.err()).contains("cores; 0 to 10000 can be");
        Files.writeString(file, "not json");
        assertThat(cli.give("node", "declare", file.toString()).err()).contains("it is no JSON");
        assertThat(cli.give("node", "declare", "nowhere.json").err()).contains("cannot be read");
    }

    @Test
    void topPrintsOneSnapshotWhereNobodyWatches() {
        cli.give("start", "--wait", "numbers/same", "{\"value\": 7}").ok();
        assertThat(cli.give("top").ok().out())
                .contains("NODE", "QUEUE", "FUNCTION", "numbers/same", name())
                .doesNotContain("\033");
        assertThat(cli.give("top", "--json").ok().json().path("functions")).isNotEmpty();
        assertThat(cli.give("top", "--interval", "0").code()).isEqualTo(2);
    }

    @Test
    void topOnATerminalDrawsInPlaceAndQuitsAtQ() throws Exception {
        ByteArrayOutputStream drawn = new ByteArrayOutputStream();
        TopCommand top =
                new TopCommand(
                        new Shell(
                                new ByteArrayInputStream(new byte[0]),
                                System.out,
                                System.err,
                                Map.of("ROWHOUSE_HOME", cli.home.toString()),
                                CliFixture.NUMBERS,
                                true,
                                null));
        try (NodeClient node = NodeClient.of(Home.at(cli.home));
                Terminal terminal =
                        new ExternalTerminal(
                                "test",
                                "ansi",
                                new ByteArrayInputStream("xq".getBytes(StandardCharsets.UTF_8)),
                                drawn,
                                StandardCharsets.UTF_8)) {
            assertThat(top.live(node, terminal)).isZero();
        }
        assertThat(drawn.toString(StandardCharsets.UTF_8))
                .contains("\033[?1049h", "\033[H", "rowhouse top", "\033[?1049l");
    }
}
