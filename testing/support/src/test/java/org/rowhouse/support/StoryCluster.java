package org.rowhouse.support;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/** Nodes that are processes of their own, by their names, on one database in this process. */
final class StoryCluster implements AutoCloseable {
    private final Path folder;
    private final Database database;
    private final Map<String, NodeProcess> nodes = new TreeMap<>();

    /**
     * @param folder for the database, the nodes' homes and what they say
     */
    StoryCluster(Path folder) {
        this.folder = folder;
        this.database =
                Database.open(Home.at(folder.resolve("server")), DatabaseSettings.embedded());
    }

    /** Starts a node, in place of one of this name that was killed, and waits until it is ready. */
    NodeProcess start(String name) throws IOException {
        NodeProcess node =
                NodeProcess.start(
                        folder.resolve(name + ".log"),
                        List.of(),
                        List.of(
                                folder.resolve(name).toString(),
                                database.connectionString(true),
                                name));
        nodes.put(name, node);
        return node.awaitReady();
    }

    NodeProcess node(String name) {
        return nodes.get(name);
    }

    /** The first column of a query's rows, as text. */
    List<String> query(String sql, Object... values) throws SQLException {
        try (Connection connection = database.connect("story");
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                List<String> column = new ArrayList<>();
                while (row.next()) {
                    column.add(row.getString(1));
                }
                return column;
            }
        }
    }

    /** Kills the nodes and stops the database. */
    @Override
    public void close() {
        nodes.values().forEach(NodeProcess::kill);
        database.close();
    }
}
