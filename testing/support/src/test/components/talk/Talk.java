import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.rowhouse.api.Child;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.Workflow;

/** Conversations that use every way in which workflows tell each other something. */
public class Talk {
    private static final Duration LONG = Duration.ofHours(1);

    /**
     * What is said.
     *
     * @param key who says it
     * @param number counts what that one says in one place, from 0
     */
    public record Line(String key, int number) {}

    public record With(String task) {}

    public record Nothing() {}

    public record Heard(List<Integer> numbers, String state, String end) {}

    /**
     * What came of it.
     *
     * @param answer the number in the answer, -1 if there was none
     */
    public record Said(Heard heard, int answer) {}

    /** Says two lines in each place: to a partner, a topic, a mailbox and a stream. */
    @Workflow
    public Said converse(Nothing nothing) {
        String self = Task.info().id().toString();
        Child<Heard> partner = Task.start("listen", new With(self), Heard.class);
        Task.send(partner.id(), new Line(self, 0));
        Task.transaction(
                "say",
                Integer.class,
                sql -> {
                    Task.publish("news", self, new Line(self, 0));
                    Task.publish("news", self, new Line(self, 1));
                    Task.send("box", new Line(self, 0));
                    Task.append("story " + self, new Line(self, 0));
                    Task.post("state", "said");
                    try (PreparedStatement insert =
                            sql.prepareStatement("insert into effect (task) values (?)")) {
                        insert.setObject(1, Task.info().id().value());
                        return insert.executeUpdate();
                    }
                });
        Task.send(partner.id(), new Line(self, 1));
        int answer =
                Task.ask("box", new Line(self, 1), Line.class, LONG).map(Line::number).orElse(-1);
        Task.append("story " + self, new Line(self, 1));
        Task.closeStream("story " + self);
        Task.sleep(Duration.ofMillis(1_500)); // by then the partner has been put aside
        Task.post("end", "over");
        return new Said(partner.result(), answer);
    }

    /** Hears how far the other has come, two lines, and that it is at its end. */
    @Workflow
    public Heard listen(With other) {
        TaskId of = TaskId.parse(other.task());
        String state = Task.awaitNotice(of, "state", String.class, LONG).orElse("none");
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            numbers.add(Task.receive(Line.class, LONG).map(Line::number).orElse(-1));
        }
        String end = Task.awaitNotice(of, "end", String.class, LONG).orElse("none");
        return new Heard(numbers, state, end);
    }
}
