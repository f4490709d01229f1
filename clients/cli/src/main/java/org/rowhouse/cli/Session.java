package org.rowhouse.cli;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.node.HttpApi;
import org.rowhouse.node.Logs;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/**
 * A node to talk to: the one that is up on the home or, if none is, one inside this process that
 * lives as long as this. Either way it is spoken to over HTTP, so commands know one way only.
 */
final class Session implements AutoCloseable {
    private final NodeClient client;
    private final @Nullable HttpApi api;
    private final @Nullable AutoCloseable behind;
    private boolean closed;

    /**
     * @param behind what the API stands for and closes with it: a node or a database; null, as the
     *     API, if another process runs them
     */
    private Session(NodeClient client, @Nullable HttpApi api, @Nullable AutoCloseable behind) {
        this.client = client;
        this.api = api;
        this.behind = behind;
    }

    /**
     * Finds the node of {@code home}, or opens one.
     *
     * @param database URL of the server that a node of our own uses; null for the usual choice
     * @throws org.rowhouse.api.RowhouseException as {@link Rowhouse#open(Rowhouse.Options)}
     */
    static Session open(Home home, @Nullable String database) {
        NodeClient running = NodeClient.find(home);
        if (running != null) {
            return new Session(running, null, null);
        }
        Logs.command();
        Rowhouse rowhouse = Rowhouse.open(Rowhouse.Options.of(home.path()).databaseUrl(database));
        HttpApi api = null;
        try {
            api =
                    HttpApi.start(
                            rowhouse,
                            InetSocketAddress.createUnresolved("127.0.0.1", 0),
                            () -> System.exit(130));
            NodeFile.publish(home, api.address(), null);
            return new Session(NodeClient.of(home), api, rowhouse);
        } catch (RuntimeException e) {
            if (api != null) {
                api.close();
            }
            rowhouse.close();
            throw e;
        }
    }

    /**
     * Finds the node of {@code home} or, without one, opens its database alone, where nothing runs
     * while statements are asked. Nobody else is told of it.
     *
     * @throws RowhouseException NODE_UNAVAILABLE if there is nothing to ask yet, and as {@link
     *     Database#open}
     */
    static Session openForSql(
            Home home, @Nullable String database, Map<String, String> environment) {
        NodeClient running = NodeClient.find(home);
        if (running != null) {
            return new Session(running, null, null);
        }
        DatabaseSettings settings = Rowhouse.databaseOf(home, database, environment);
        if (settings.server() == null && !Files.isDirectory(home.database())) {
            return new Session(NodeClient.of(home), null, null);
        }
        Logs.command();
        home.create();
        Database opened = Database.open(home, settings);
        try {
            HttpApi api = HttpApi.startForSql(home, opened);
            return new Session(NodeClient.at(home, api.address()), api, opened);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    NodeClient client() {
        return client;
    }

    /** Whether the node lives in this process and ends with it. */
    boolean embedded() {
        return behind != null;
    }

    /** The tasks of a node in this process whose code has called {@link System#exit} just now. */
    List<String> exiting() {
        return behind instanceof Rowhouse rowhouse ? rowhouse.exiting() : List.of();
    }

    /** Closes the connection, and a node of our own in order. Harmless when done twice. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        client.close();
        if (behind instanceof Rowhouse rowhouse) {
            NodeFile.withdraw(rowhouse.home());
        }
        if (api != null) {
            api.close();
        }
        switch (behind) {
            case Rowhouse rowhouse -> rowhouse.close();
            case Database database -> database.close();
            case null, default -> {}
        }
    }
}
