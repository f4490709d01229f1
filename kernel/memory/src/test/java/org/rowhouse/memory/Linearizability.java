package org.rowhouse.memory;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a history could have come from one object that does one operation after the other.
 *
 * <p>The search of Wing and Gong ("Testing and verifying concurrent objects", 1993): take an
 * operation that began before any that is left has returned, see whether the model allows what it
 * gave, and go on; go back where it does not. With Lowe's memory ("Testing for linearizability",
 * 2017): what set of operations was taken and which state came out is looked at once. An operation
 * whose outcome nobody knows has no return: it may be taken at any time after it began, or never.
 * Linearizability is local (Herlihy and Wing, 1990), so objects are checked one by one.
 */
final class Linearizability {
    /** Operations of one object that can be checked: their set is a number. */
    static final int OPERATIONS_MAX = 64;

    /** Returned for an operation of which nobody knows the outcome. */
    static final long NEVER = Long.MAX_VALUE;

    /**
     * What the object does.
     *
     * @param <S> its states, compared by {@code equals}
     * @param <O> operations along with what they gave
     */
    interface Model<S, O> {
        S initial();

        /**
         * The state after an operation; null if it cannot have given what it gave.
         *
         * @param known false if what it gave was lost
         */
        @Nullable S after(S state, O operation, boolean known);
    }

    /**
     * An operation in time.
     *
     * @param began before it was asked for
     * @param returned after its answer had come; {@link #NEVER}
     */
    record Timed<O>(O operation, long began, long returned) {
        boolean known() {
            return returned != NEVER;
        }
    }

    private record Place(long taken, Object state) {}

    private Linearizability() {}

    /** Whether the history is linearizable. */
    static <S, O> boolean check(Model<S, O> model, List<Timed<O>> history) {
        if (history.size() > OPERATIONS_MAX) {
            throw new IllegalArgumentException(history.size() + " operations of one object");
        }
        long wanted = 0;
        for (int i = 0; i < history.size(); i++) {
            wanted |= history.get(i).known() ? 1L << i : 0;
        }
        return search(model, new ArrayList<>(history), wanted, 0, model.initial(), new HashSet<>());
    }

    private static <S, O> boolean search(
            Model<S, O> model,
            List<Timed<O>> history,
            long wanted,
            long taken,
            S state,
            Set<Place> seen) {
        if ((taken & wanted) == wanted) {
            return true;
        }
        if (!seen.add(new Place(taken, state))) {
            return false;
        }
        long firstReturn = firstReturn(history, taken);
        for (int i = 0; i < history.size(); i++) {
            Timed<O> next = history.get(i);
            if ((taken & 1L << i) != 0 || next.began() > firstReturn) {
                continue;
            }
            S after = model.after(state, next.operation(), next.known());
            if (after != null && search(model, history, wanted, taken | 1L << i, after, seen)) {
                return true;
            }
        }
        return false;
    }

    private static <O> long firstReturn(List<Timed<O>> history, long taken) {
        long first = NEVER;
        for (int i = 0; i < history.size(); i++) {
            if ((taken & 1L << i) == 0) {
                first = Math.min(first, history.get(i).returned());
            }
        }
        return first;
    }
}
