package org.rowhouse.memory;

import org.jspecify.annotations.Nullable;

/**
 * One verb on a pair of neighbouring cells, along with what it gave. The pair is the object that
 * histories are about: verbs on either cell and on both at once.
 *
 * @param cell 0 or 1; both for the ranges
 * @param one what is written, expected or added
 * @param other what is written to the second cell, or next
 * @param gave what the (first) cell held
 * @param gaveOther what the second cell held
 * @param incarnation of the region that it was asked of
 */
record Deed(
        Kind kind, int cell, long one, long other, long gave, long gaveOther, long incarnation) {
    enum Kind {
        READ,
        WRITE,
        COMPARE_AND_SET,
        FETCH_ADD,
        READ_BOTH,
        WRITE_BOTH
    }

    /** The pair as it is. */
    record State(long incarnation, long first, long second) {
        long cell(int index) {
            return index == 0 ? first : second;
        }

        State with(int index, long value) {
            return index == 0
                    ? new State(incarnation, value, second)
                    : new State(incarnation, first, value);
        }
    }

    Deed gave(long one, long other) {
        return new Deed(kind, cell, this.one, this.other, one, other, incarnation);
    }

    /**
     * A pair that begins with zeros in each incarnation, and of which no older incarnation answers
     * once a newer one has.
     */
    static final Linearizability.Model<State, Deed> MODEL =
            new Linearizability.Model<>() {
                @Override
                public State initial() {
                    return new State(0, 0, 0);
                }

                @Override
                public @Nullable State after(State before, Deed deed, boolean known) {
                    if (deed.incarnation < before.incarnation) {
                        return null;
                    }
                    State state =
                            deed.incarnation > before.incarnation
                                    ? new State(deed.incarnation, 0, 0)
                                    : before;
                    return deed.fits(state, known) ? deed.change(state) : null;
                }
            };

    private boolean fits(State state, boolean known) {
        if (!known) {
            return true;
        }
        return switch (kind) {
            case READ, COMPARE_AND_SET, FETCH_ADD -> state.cell(cell) == gave;
            case READ_BOTH -> state.first == gave && state.second == gaveOther;
            case WRITE, WRITE_BOTH -> true;
        };
    }

    private State change(State state) {
        return switch (kind) {
            case READ, READ_BOTH -> state;
            case WRITE -> state.with(cell, one);
            case COMPARE_AND_SET -> state.cell(cell) == one ? state.with(cell, other) : state;
            case FETCH_ADD -> state.with(cell, state.cell(cell) + one);
            case WRITE_BOTH -> new State(state.incarnation, one, other);
        };
    }
}
