package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.RowhouseException;

class ServerTest {
    @Test
    void bothSpellingsOfADatabaseUrlAreRead() {
        Server server = Server.parse("postgresql://me:secret@[::1]:5433/work");
        assertThat(server)
                .isEqualTo(new Server("jdbc:postgresql://[::1]:5433/work", "me", "secret"));
        assertThat(Server.parse("jdbc:postgresql://host"))
                .isEqualTo(new Server("jdbc:postgresql://host:5432/postgres", "postgres", ""));
    }

    @Test
    void theUrlThatIsGivenOnMeansTheSameServer() {
        Server server = new Server("jdbc:postgresql://h:5/a?ssl=true", "m e", "p@ss:/+");
        assertThat(Server.parse(server.url())).isEqualTo(server);
        Server local = server.through(Path.of("/run/a b"));
        assertThat(local.url()).endsWith("?ssl=true&host=%2Frun%2Fa%20b");
        assertThat(Server.parse(local.url())).isEqualTo(local);
        assertThat(server.database("b").jdbcUrl()).isEqualTo("jdbc:postgresql://h:5/b?ssl=true");
    }

    @Test
    void neitherTheTextFormNorAnErrorShowsThePassword() {
        assertThat(Server.parse("postgresql://me:secret@host/a").toString())
                .doesNotContain("secret");
        assertThatThrownBy(() -> Server.parse("postgresql://me:secret@host/a?host=/b%00"))
                .hasMessageContaining("takes a URL")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> Server.parse("mysql://me:secret@host/a"))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("postgresql://")
                .hasMessageNotContaining("secret");
    }
}
