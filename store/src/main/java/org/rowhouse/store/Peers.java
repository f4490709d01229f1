package org.rowhouse.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;

/**
 * The roles by which other nodes log in to an embedded server. Each has one of its own, without a
 * password: its certificate is what admits it. The role inherits the everyday role, the owner of
 * the kernel's tables and of components' schemas, because any node may deploy a component; it is no
 * superuser, and nobody is one from another machine.
 */
final class Peers {
    private static final NamedSql ADMIT = load("admit-peer");
    private static final NamedSql SHUT_OUT = load("shut-out-peer");
    private static final NamedSql END = load("end-peer");
    private static final NamedSql RELOAD = load("reload");

    private final ServerAddress superuser;

    Peers(ServerAddress superuser) {
        this.superuser = superuser;
    }

    private static NamedSql load(String name) {
        return NamedSql.load(Peers.class, "database/" + name);
    }

    /** Makes the role, or lets it in again; harmless when done twice. */
    void admit(String role) {
        run(connection -> runEach(connection, ADMIT, role));
    }

    /** Lets the role log in no more and ends its sessions; harmless when there is no such role. */
    void shutOut(String role) {
        run(connection -> {
            runEach(connection, SHUT_OUT, role);
            END.execute(connection, Map.of("role", role));
        });
    }

    /** Lets the server read its configuration and certificates anew. */
    void reload() {
        run(connection -> RELOAD.execute(connection, Map.of()));
    }

    /** A role's name cannot be a parameter, so the server writes the statements itself. */
    private static void runEach(Connection connection, NamedSql statements, String role)
            throws SQLException {
        List<String> texts =
                statements.rows(
                        connection,
                        Map.of("role", role, "peers", ServerTlsFiles.PEERS),
                        row -> row.getString("statement"));
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (String text : texts) {
                statement.execute(text);
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private interface Work {
        void run(Connection connection) throws SQLException;
    }

    private void run(Work work) {
        try (Connection connection = Connecting.once(superuser, "peers", Map.of())) {
            work.run(connection);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e, superuser);
        }
    }
}
