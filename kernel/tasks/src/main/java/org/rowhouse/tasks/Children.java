package org.rowhouse.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Child;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.Kernel;

/**
 * Starts the children of one step. Their ids follow from parent, step and position, so a step that
 * is repeated after a crash starts none twice, although children and step may live in different
 * buckets and commit apart.
 */
final class Children {
    private final TaskRun run;
    private final WorkflowContext context;

    Children(TaskRun run, WorkflowContext context) {
        this.run = run;
        this.context = context;
    }

    /** What the step's output says of its children. */
    record Started(String function, String queue, int bucket, int count) {}

    <R> List<Child<R>> startAll(String name, List<?> inputs, Class<R> type, StartOptions options) {
        if (inputs.size() > TaskBounds.CHILDREN_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "One step may start at most "
                            + TaskBounds.CHILDREN_MAX
                            + " children, not "
                            + inputs.size()
                            + ": start them in several steps.");
        }
        if (options.deduplication() != null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a child cannot have a deduplication key: its place is its key");
        }
        int number = context.begin(name);
        Calls.StepRow known = context.replay().find(number, "children", name);
        if (known != null && known.output() != null) {
            Started started = context.decode(known.output(), Started.class);
            if (started.count() != inputs.size()) {
                throw new RowhouseException(
                        ErrorCode.NOT_DETERMINISTIC,
                        "At step "
                                + number
                                + " the workflow asks for "
                                + inputs.size()
                                + " children of '"
                                + name
                                + "', but an earlier attempt recorded "
                                + started.count()
                                + " there"
                                + Replay.SAME_STEPS);
            }
            return handles(name, started.bucket(), number, started.count(), type);
        }
        context.settle();
        long startNs = System.nanoTime();
        QueueTable.Queue queue =
                run.engine.queues.get(
                        options.queue() == null ? QueueTable.DIRECT : options.queue());
        int bucket = queue.bucket() == null ? run.task.id().bucket() : queue.bucket();
        List<Child<R>> children = handles(name, bucket, number, inputs.size(), type);
        start(find(name), inputs, children, number, queue, options);
        String output =
                run.engine
                        .functions
                        .codec()
                        .encode(new Started(name, queue.name(), bucket, inputs.size()));
        context.record(number, "children", name, 1, true, startNs, null, output, null);
        return children;
    }

    private FunctionImage find(String name) {
        int slash = name.indexOf('/');
        return slash < 0
                ? run.engine.functions.find(run.task.component(), run.task.version(), name)
                : run.engine.functions.find(
                        name.substring(0, slash), null, name.substring(slash + 1));
    }

    private <R> List<Child<R>> handles(
            String name, int bucket, int step, int count, Class<R> type) {
        TaskId parent = run.task.id();
        List<Child<R>> handles = new ArrayList<>(count);
        for (int position = 0; position < count; position++) {
            TaskId id = TaskId.derived(bucket, parent.epochMs(), parent.toString(), step, position);
            handles.add(new ChildHandle<>(context, id, step, position, name, type));
        }
        return handles;
    }

    private <R> void start(
            FunctionImage image,
            List<?> inputs,
            List<Child<R>> children,
            int step,
            QueueTable.Queue queue,
            StartOptions options) {
        Engine engine = run.engine;
        // All inputs are checked before the first child starts: a bad one leaves none behind.
        List<Calls.Start> requests = new ArrayList<>(inputs.size());
        for (int position = 0; position < inputs.size(); position++) {
            Object input = inputs.get(position);
            String json = image.checkInput(engine.functions.codec().encode(input));
            requests.add(
                    request(
                            image,
                            children.get(position).id(),
                            json,
                            step,
                            position,
                            queue.name(),
                            options));
        }
        Need need = Engine.need(options, image);
        if (requests.size() == 1
                && queue.name().equals(QueueTable.DIRECT)
                && options.delay() == null) {
            context.orLeave(() -> engine.startHere(requests.getFirst(), need));
        } else if (!requests.isEmpty()) {
            context.orLeave(() -> startLater(requests, need));
            engine.startedLater(queue.name(), children.getFirst().id().bucket(), options.delay());
        }
    }

    private boolean startLater(List<Calls.Start> requests, Need need) {
        Engine engine = run.engine;
        List<Calls.Start> placed =
                requests.stream().map(request -> engine.placed(request, need)).toList();
        List<CompletableFuture<Optional<Calls.Started>>> answers =
                placed.stream().map(request -> engine.kernel.submit(Calls.START, request)).toList();
        for (int child = 0; child < placed.size(); child++) {
            engine.placedLater(placed.get(child), Kernel.join(answers.get(child)).isPresent());
        }
        return true;
    }

    private Calls.Start request(
            FunctionImage image,
            TaskId id,
            String input,
            int step,
            int position,
            String queue,
            StartOptions options) {
        Calls.Claimed parent = run.task;
        @Nullable Long timeoutMs = Engine.timeoutMs(options, image);
        return new Calls.Start(
                id,
                0,
                Scheduling.ANYWHERE,
                null,
                0,
                image.component(),
                image.version(),
                image.function(),
                queue,
                options.priority(),
                options.partition(),
                null,
                parent.id(),
                step,
                position,
                parent.root(),
                options.delay() == null ? 0 : options.delay().toMillis(),
                timeoutMs,
                parent.deadline(),
                "task " + parent.id(),
                input);
    }
}
