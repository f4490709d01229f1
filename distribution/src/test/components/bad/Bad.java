import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.rowhouse.api.Function;
import org.rowhouse.api.Task;
import org.rowhouse.api.Workflow;

/** Everything that a component must not do, and some that mind their own business meanwhile. */
public class Bad {
    public record Number(int value) {}

    public record Text(String text) {}

    /** Loops go on until it grows. */
    private static final AtomicInteger ROUNDS = new AtomicInteger();

    /** An exception that is as bad as its component. */
    private static final class Mute extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("it does not even say what is wrong");
        }
    }

    @Workflow
    public Number steady() {
        int first = Task.step("one", Integer.class, () -> 1);
        Task.sleep(Duration.ofMillis(1_500));
        return new Number(first + Task.step("two", Integer.class, () -> 2));
    }

    @Function
    public void exit(Number code) {
        System.exit(code.value());
    }

    @Function
    public void exitElsewhere(Number code) throws InterruptedException {
        Thread other = new Thread(() -> System.exit(code.value()));
        other.start();
        other.join();
    }

    @Function
    public void halt(Number code) {
        Runtime.getRuntime().halt(code.value());
    }

    @Function
    public void fill() {
        List<long[]> all = new ArrayList<>();
        while (true) {
            all.add(new long[1 << 20]);
        }
    }

    /** It hears no interrupt, and goes on until {@link #enough}. */
    @Function
    public void loop() {
        int round = ROUNDS.get();
        long turns = 0;
        while (round == ROUNDS.get()) {
            turns++;
        }
    }

    /** Ends all loops of this node, those too that were given up. */
    @Function
    public void enough() {
        ROUNDS.incrementAndGet();
    }

    @Function
    public Number recurse(Number depth) {
        return recurse(new Number(depth.value() + 1));
    }

    @Function
    public void error() {
        throw new AssertionError("an error with 'quotes', \"more\" and \u0000\u0007\u001b[31m");
    }

    @Function
    public void mute() {
        throw new Mute();
    }

    @Function
    public Text huge() {
        return new Text("x".repeat(3 << 20));
    }

    @Workflow
    public Number oddStep(Text name) {
        return new Number(Task.step(name.text(), Integer.class, () -> 5));
    }
}
