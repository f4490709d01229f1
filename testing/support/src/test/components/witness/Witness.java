import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.rowhouse.api.Child;
import org.rowhouse.api.Function;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** Work whose every step leaves a trace that a crash cannot take back and that nothing tidies. */
public class Witness {
    /** Each plain step writes a line to {@code notes}; each transaction step a row. */
    public record Job(String notes, int steps, long sleepMs) {}

    public record Done(int steps) {}

    public record Steady(String notes, int steps, long pauseMs) {}

    public record Fan(String notes, int children) {}

    public record Note(String notes) {}

    @Workflow
    public Done work(Job job) {
        for (int i = 0; i < job.steps(); i++) {
            String name = "note " + i;
            int tries = i;
            Task.step(
                    name,
                    StepOptions.attempts(2).backOff(Duration.ofMillis(1)),
                    () -> {
                        note(job.notes(), name);
                        if (tries == 1 && Math.floorMod(Task.info().id().hashCode(), 4) == 0) {
                            failOnce(job.notes());
                        }
                    });
            effect("effect " + i);
        }
        if (job.sleepMs() > 0) {
            Task.sleep(Duration.ofMillis(job.sleepMs()));
        }
        Task.step("last note", () -> note(job.notes(), "last note"));
        return new Done(job.steps());
    }

    @Workflow
    public Done fan(Fan fan) {
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < fan.children(); i++) {
            jobs.add(new Job(fan.notes(), 1, i == 0 ? 1_500 : 0));
        }
        List<Child<Done>> limited =
                Task.startAll("work", jobs, Done.class, StartOptions.inQueue("witness"));
        List<Child<Done>> spread =
                Task.startAll("work", jobs, Done.class, StartOptions.inQueue("witness-spread"));
        Child<Done> direct = Task.start("work", new Job(fan.notes(), 1, 0), Done.class);
        Task.awaitAll(limited);
        int steps = direct.result().steps();
        for (Child<Done> child : spread) {
            steps += child.result().steps();
        }
        effect("effect of " + steps);
        return new Done(steps);
    }

    /** Goes on for some seconds, step by step. */
    @Workflow
    public Done steady(Steady job) {
        for (int i = 0; i < job.steps(); i++) {
            String name = "note " + i;
            Task.step(name, () -> note(job.notes(), name));
            effect("effect " + i);
            Task.sleep(Duration.ofMillis(job.pauseMs()));
        }
        return new Done(job.steps());
    }

    /** Stays in a transaction for some seconds, the first time that it is there. */
    @Workflow
    public Done enter(Note where) {
        Task.transaction(
                "effect 0",
                Integer.class,
                sql -> {
                    int rows = insert(sql, "effect 0");
                    if (Files.notExists(Path.of(where.notes()))) {
                        Files.createFile(Path.of(where.notes()));
                        LockSupport.parkNanos(Duration.ofSeconds(8).toNanos());
                    }
                    return rows;
                });
        return new Done(1);
    }

    /** A plain function: at least once. */
    @Function
    public void touch(Note where) throws IOException {
        note(where.notes(), "touch");
    }

    /** Throws in a task's first attempt only, so that the retry of a step is seen as well. */
    private static void failOnce(String notes) throws IOException {
        Path marker = Path.of(notes).resolveSibling("tried-" + Task.info().id());
        if (Files.notExists(marker)) {
            Files.createFile(marker);
            throw new IOException("fails once");
        }
    }

    private static void effect(String step) {
        Task.transaction(
                step,
                Integer.class,
                sql -> insert(sql, step));
    }

    private static int insert(Connection sql, String step) throws SQLException {
        try (PreparedStatement insert =
                sql.prepareStatement("insert into effect (task, step) values (?, ?)")) {
            insert.setObject(1, Task.info().id().value());
            insert.setString(2, step);
            return insert.executeUpdate();
        }
    }

    /** One write to a file opened for appending: whole lines, whoever else writes. */
    private static void note(String notes, String step) throws IOException {
        Files.writeString(
                Path.of(notes),
                Task.info().id() + " " + step + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
