package org.rowhouse.api;

/**
 * A task that this workflow has started.
 *
 * @param <R> the record that the child returns
 */
public interface Child<R> {
    /** The child's id; the same whenever the workflow is replayed. */
    TaskId id();

    /**
     * Waits until the child has ended and gives its result. A long wait holds no thread: the
     * workflow is put aside and replayed when the child has ended.
     *
     * @throws RowhouseException with the child's {@link ErrorCode} if it did not succeed
     */
    R result();
}
