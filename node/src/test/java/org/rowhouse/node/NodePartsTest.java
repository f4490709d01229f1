package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;

class NodePartsTest {
    @TempDir Path folder;

    @Test
    void theTokenStaysTheSameAndABrokenOneIsTold() throws IOException {
        Path file = folder.resolve("token");
        assertThatThrownBy(() -> Token.read(file))
                .extracting("code")
                .isEqualTo(ErrorCode.NODE_UNAVAILABLE);
        Token first = Token.readOrCreate(file);
        assertThat(first.header()).matches("Bearer [0-9a-f]{64}");
        assertThat(Token.readOrCreate(file).header()).isEqualTo(first.header());
        Files.writeString(file, "short");
        assertThatThrownBy(() -> Token.read(file))
                .extracting("code")
                .isEqualTo(ErrorCode.HOME_UNUSABLE);
    }

    @Test
    void theNodesFileIsReadAsItWasWrittenAndNonsenseIsNone() throws IOException {
        Home home = Home.at(folder).create();
        assertThat(NodeFile.read(home)).isNull();
        NodeFile written = NodeFile.publish(home, "http://127.0.0.1:1", 7L);
        assertThat(NodeFile.read(home)).isEqualTo(written);
        Files.writeString(folder.resolve(NodeFile.NAME), "{\"address\":");
        assertThat(NodeFile.read(home)).isNull();
        NodeFile.publish(home, "http://127.0.0.1:1", null);
        NodeFile.withdraw(home);
        assertThat(Files.exists(folder.resolve(NodeFile.NAME))).isFalse();
    }

    @Test
    void optionsOfTheDaemonAreReadStrictly() {
        NodeOptions options =
                NodeOptions.parse(
                        List.of("--home", folder.toString(), "--listen", "[::1]:80", "--name", "a"),
                        Map.of());
        assertThat(options.listen()).isEqualTo(InetSocketAddress.createUnresolved("::1", 80));
        assertThat(options.database()).isNull();
        assertThat(NodeOptions.parse(options.words(), Map.of()).listen().getPort()).isEqualTo(80);
        NodeOptions other =
                NodeOptions.parse(List.of("--database", "postgresql://a:secret@b/c"), Map.of());
        assertThat(other.words()).noneMatch(word -> word.contains("secret"));
        assertThat(NodeOptions.parse(other.words(), other.environment()).database())
                .isEqualTo(other.database());
        for (List<String> wrong :
                List.of(
                        List.of("--hom", "x"),
                        List.of("--home"),
                        List.of("--listen", "x:y"),
                        List.of("--listen", "h:70000"))) {
            assertThatThrownBy(() -> NodeOptions.parse(wrong, Map.of()))
                    .isInstanceOf(RowhouseException.class)
                    .extracting("code")
                    .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        }
    }

    @Test
    void aTakenPortIsToldInASentence() throws IOException {
        NodeFixture node = NodeFixture.get();
        try (ServerSocket taken =
                new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            InetSocketAddress listen =
                    InetSocketAddress.createUnresolved("127.0.0.1", taken.getLocalPort());
            assertThatThrownBy(() -> HttpApi.start(node.rowhouse, listen, () -> {}))
                    .isInstanceOf(RowhouseException.class)
                    .hasMessageContaining(":" + taken.getLocalPort())
                    .extracting("code")
                    .isEqualTo(ErrorCode.ADDRESS_UNAVAILABLE);
        }
    }
}
