package org.rowhouse.tasks;

/**
 * Leaves a task's code at once, from whatever depth: the task was put aside, or is no longer this
 * attempt's. An Error, so that code which catches exceptions lets it pass; code that catches it all
 * the same meets it again at its next call.
 */
final class Unwind extends Error {
    private static final long serialVersionUID = 1L;

    Unwind(String reason) {
        super(reason, null, false, false);
    }
}
