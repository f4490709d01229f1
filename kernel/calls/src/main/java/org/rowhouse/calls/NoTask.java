package org.rowhouse.calls;

import java.lang.reflect.Proxy;
import org.rowhouse.api.spi.TaskContext;

/**
 * Stands for the caller's task while another component serves its call: what is served is no part
 * of the task, whether it runs on the caller's thread or elsewhere.
 */
final class NoTask {
    @SuppressWarnings("ReferenceEquality") // it is equal to itself alone
    static final TaskContext INSTANCE =
            (TaskContext)
                    Proxy.newProxyInstance(
                            TaskContext.class.getClassLoader(),
                            new Class<?>[] {TaskContext.class},
                            (self, method, arguments) -> {
                                if (method.getDeclaringClass() == Object.class) {
                                    return switch (method.getName()) {
                                        case "equals" -> self == arguments[0];
                                        case "hashCode" -> System.identityHashCode(self);
                                        default -> "no task";
                                    };
                                }
                                throw new IllegalStateException(
                                        "a served call is not a task: it has no steps of its own."
                                                + " Let the caller do this, or start a task");
                            });

    private NoTask() {}
}
