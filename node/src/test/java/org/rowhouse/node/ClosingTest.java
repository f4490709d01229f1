package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.messages.Topics;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/** A node that closes when its database is gone. */
class ClosingTest {
    @TempDir Path folder;

    /** Whoever goes on waits once for the database; a node has a dozen reasons to ask it. */
    @Test
    void withoutItsDatabaseANodeClosesBeforeOthersHaveWaitedOnce() throws Exception {
        Database server =
                Database.open(Home.at(folder.resolve("server")), DatabaseSettings.embedded());
        String url = server.connectionString(true);
        Rowhouse node = Rowhouse.open(Rowhouse.Options.of(folder.resolve("node")).databaseUrl(url));
        EdgeDoors doors = EdgeDoors.open(node, new EdgeOptions(0, 0, null, List.of()));
        node.messages().topics("test").set("plant", Topics.Settings.USUAL);
        try (Database other =
                        Database.open(
                                Home.at(folder.resolve("other")),
                                DatabaseSettings.server(url, Map.of()));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server.close();
            Future<?> waiting = threads.submit(() -> other.connect("test"));
            node.hasten();
            doors.close();
            node.close();
            assertThat(waiting).isNotDone();
            assertThatThrownBy(waiting::get).hasRootCauseInstanceOf(java.io.IOException.class);
        }
    }
}
