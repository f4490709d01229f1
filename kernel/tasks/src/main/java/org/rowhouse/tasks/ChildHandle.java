package org.rowhouse.tasks;

import org.rowhouse.api.Child;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;

/** A child of a workflow: the position-th of those that a step started. */
record ChildHandle<R>(
        WorkflowContext context, TaskId id, int step, int position, String function, Class<R> type)
        implements Child<R> {
    @Override
    public R result() {
        Calls.Row row = context.awaitChild(this);
        if (row.state() == null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND, "Child " + id + " (" + function + ") is no longer there.");
        }
        TaskState state = TaskState.ofSqlName(row.state());
        if (state == TaskState.SUCCEEDED) {
            return context.decode(row.output(), type);
        }
        Failure failure = context.failure(row.error(), state);
        throw new RowhouseException(
                failure.errorCode(),
                "Child " + id + " (" + function + ") " + row.state() + ": " + failure.message());
    }
}
