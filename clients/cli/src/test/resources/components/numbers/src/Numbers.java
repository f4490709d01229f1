import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.rowhouse.api.Child;
import org.rowhouse.api.Function;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** Squares numbers, sleeps, logs and fails: what the tests of the command line run. */
public class Numbers {
    public record Range(int count) {}

    public record Root(long value) {}

    public record Square(long root, long value) {}

    public record Squares(long total, List<Square> list) {}

    public record Pause(long millis) {}

    public record Lines(int count, long pauseMillis) {}

    @Workflow
    public Squares squares(Range range) {
        List<Root> roots = LongStream.rangeClosed(1, range.count()).mapToObj(Root::new).toList();
        List<Child<Square>> children =
                Task.startAll("square", roots, Square.class, StartOptions.inQueue("squares"));
        Task.awaitAll(children);
        List<Square> list = children.stream().map(Child::result).toList();
        return new Squares(list.stream().mapToLong(Square::value).sum(), list.stream().limit(2).toList());
    }

    @Workflow
    public Square square(Root root) {
        Square square = new Square(root.value(), root.value() * root.value());
        Task.transaction(
                "record",
                Integer.class,
                sql -> {
                    try (PreparedStatement insert =
                            sql.prepareStatement("insert into square values (?, ?) on conflict do nothing")) {
                        insert.setLong(1, square.root());
                        insert.setLong(2, square.value());
                        return insert.executeUpdate();
                    }
                });
        return square;
    }

    @Workflow
    public Pause sleep(Pause pause) {
        Task.sleep(Duration.ofMillis(pause.millis()));
        return pause;
    }

    @Workflow
    public Lines log(Lines lines) {
        for (int i = 0; i < lines.count(); i++) {
            Task.log("line " + i);
            Task.sleep(Duration.ofMillis(lines.pauseMillis()));
        }
        return lines;
    }

    @Workflow
    public void fail() {
        Task.step("try", () -> {
            throw new IllegalStateException("this always \u001b[31mfails");
        });
    }

    @Function
    public Root same(Root root) {
        return root;
    }
}
