package org.rowhouse.examples.census;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.List;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.images.Run;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.tasks.Tasks;

/**
 * A node in a process of its own that takes a census, or goes on with one: prints how many rows
 * there are, again and again, and at the end the task's state.
 */
final class CensusProcess {
    static final Path COMPONENT = Path.of("census").toAbsolutePath();
    static final String ROWS = "rows ";
    static final String ENDED = "ended ";

    private static final Duration LOOK = Duration.ofMillis(10);

    private CensusProcess() {}

    /** Arguments: the node's home, the directory to examine, the task's id. */
    public static void main(String[] arguments) throws Exception {
        TaskId id = TaskId.parse(arguments[2]);
        try (Rowhouse rowhouse = Rowhouse.open(Path.of(arguments[0]))) {
            start(rowhouse, Path.of(arguments[1]), id);
            while (true) {
                Tasks.Outcome outcome = rowhouse.tasks().await(id, LOOK);
                if (outcome.state().ended()) {
                    System.out.println(ENDED + outcome.state());
                    return;
                }
                System.out.println(ROWS + rows(rowhouse));
            }
        }
    }

    /** Deploys the component and starts the task that it declares, unless it is known. */
    static Run start(Rowhouse rowhouse, Path directory, TaskId id) {
        rowhouse.deploy(COMPONENT, "test");
        Run run =
                rowhouse.deployments()
                        .prepareRun("census", null, List.of(directory.toString()), directory);
        var request =
                new Tasks.Request(
                        run.component(),
                        run.version(),
                        run.function(),
                        run.input(),
                        StartOptions.DIRECT,
                        "test",
                        id);
        rowhouse.tasks().start(request);
        return run;
    }

    private static long rows(Rowhouse rowhouse) throws Exception {
        try (Connection connection = rowhouse.database().connect("test");
                PreparedStatement count =
                        connection.prepareStatement("select count(*) from census.file");
                ResultSet row = count.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
