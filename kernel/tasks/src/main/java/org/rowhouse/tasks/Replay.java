package org.rowhouse.tasks;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * The steps that earlier attempts of a workflow recorded, and the place that this attempt has
 * reached.
 */
final class Replay {
    /** What follows the two that differ. */
    static final String SAME_STEPS =
            ". A workflow must take the same steps each time it is replayed: keep clocks, random"
                    + " numbers and outside state inside steps, and deploy changed code as a new"
                    + " version.";

    private final Map<Integer, Calls.StepRow> recorded = new HashMap<>();
    private int next;

    Replay(List<Calls.StepRow> rows) {
        rows.forEach(row -> recorded.put(row.number(), row));
    }

    /** The number of the next step; each is given once. */
    int advance() {
        if (next >= TaskBounds.STEPS_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "A workflow may have at most "
                            + TaskBounds.STEPS_MAX
                            + " steps: let children do parts of the work.");
        }
        return next++;
    }

    /** The number that was given last. */
    int latest() {
        return next - 1;
    }

    /** How many steps have begun. */
    int reached() {
        return next;
    }

    /**
     * What is recorded at a place; null if nothing is.
     *
     * @throws RowhouseException NOT_DETERMINISTIC if it is another step
     */
    Calls.@Nullable StepRow find(int number, String kind, String name) {
        Calls.StepRow row = recorded.get(number);
        if (row != null && !(row.kind().equals(kind) && row.name().equals(name))) {
            throw new RowhouseException(
                    ErrorCode.NOT_DETERMINISTIC,
                    "At step "
                            + number
                            + " the workflow asks for "
                            + kind
                            + " '"
                            + name
                            + "', but an earlier attempt recorded "
                            + row.kind()
                            + " '"
                            + row.name()
                            + "' there"
                            + SAME_STEPS);
        }
        return row;
    }

    /**
     * The workflow has come to its end.
     *
     * @throws RowhouseException NOT_DETERMINISTIC if a step is recorded that it did not ask for
     */
    void end() {
        recorded.values().stream()
                .filter(row -> row.number() >= next)
                .min(Comparator.comparingInt(Calls.StepRow::number))
                .ifPresent(row -> {
                    throw new RowhouseException(
                            ErrorCode.NOT_DETERMINISTIC,
                            "The workflow ended after "
                                    + next
                                    + " steps, but an earlier attempt recorded "
                                    + row.kind()
                                    + " '"
                                    + row.name()
                                    + "' as step "
                                    + row.number()
                                    + SAME_STEPS);
                });
    }

    /** The recorded tries of a plain function, which counts as one step; null if there are none. */
    Calls.@Nullable StepRow first() {
        return recorded.get(0);
    }
}
