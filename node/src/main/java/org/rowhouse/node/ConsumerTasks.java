package org.rowhouse.node;

import java.util.List;
import org.rowhouse.api.StartOptions;
import org.rowhouse.messages.TaskStarter;
import org.rowhouse.tasks.Tasks;

/** Starts what consumers start as tasks of this cluster. */
final class ConsumerTasks implements TaskStarter {
    private final Tasks tasks;

    ConsumerTasks(Tasks tasks) {
        this.tasks = tasks;
    }

    @Override
    public void start(String component, String version, String function, List<Start> set) {
        tasks.startOnce(
                new Tasks.Request(
                        component, version, function, "null", StartOptions.DIRECT, "message", null),
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
