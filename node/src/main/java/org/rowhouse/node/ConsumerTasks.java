package org.rowhouse.node;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.messages.TaskStarter;
import org.rowhouse.tasks.Tasks;

/** Starts what consumers start as tasks of this cluster. */
final class ConsumerTasks implements TaskStarter {
    private final Tasks tasks;

    ConsumerTasks(Tasks tasks) {
        this.tasks = tasks;
    }

    @Override
    public List<TaskId> start(
            String component,
            String version,
            String function,
            @Nullable String queue,
            Set<String> former,
            List<Start> set) {
        StartOptions options = queue == null ? StartOptions.DIRECT : StartOptions.inQueue(queue);
        return tasks.startOnce(
                new Tasks.Request(component, version, function, "null", options, "message", null),
                former,
                set.stream()
                        .map(each ->
                                new Tasks.Named(each.name(), each.sentAtMs(), each.inputJson()))
                        .toList());
    }

    @Override
    public boolean mayRun() {
        return tasks.mayClaim();
    }
}
