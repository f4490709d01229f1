package org.rowhouse.scheduler;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A policy that has been read.
 *
 * @param score what its score is computed from
 * @param preference the same for its preference; null without one
 * @param where which candidates it admits; null for all
 * @param isVolatile whether the same candidate may get another score the next time
 * @param columns the columns that it reads
 */
record PolicyTerms(
        Term score,
        @Nullable Term preference,
        @Nullable Term where,
        boolean isVolatile,
        Set<Column> columns) {
    /** Whether the node is chosen by what is equal for all its devices. */
    boolean choosesNodeFirst() {
        return !looksAtDevices(score) && (where == null || !looksAtDevices(where));
    }

    /** Whether every node that fits has the same chance, and nothing else counts. */
    boolean drawsEvenly() {
        return where == null && score instanceof Term.Value value && value.column() == Column.DRAW;
    }

    /** Whether two candidates on one node may differ in it: by their device or by a draw. */
    private static boolean looksAtDevices(Term term) {
        return switch (term) {
            case Term.Numeral _, Term.Text _, Term.Truth _ -> false;
            case Term.Value value -> value.column().ofDevice();
            case Term.Arithmetic both ->
                    looksAtDevices(both.left()) || looksAtDevices(both.right());
            case Term.Comparison both ->
                    looksAtDevices(both.left()) || looksAtDevices(both.right());
            case Term.Junction both -> looksAtDevices(both.left()) || looksAtDevices(both.right());
            case Term.Not not -> looksAtDevices(not.operand());
            case Term.Choice choice ->
                    looksAtDevices(choice.otherwise())
                            || choice.conditions().stream().anyMatch(PolicyTerms::looksAtDevices)
                            || choice.results().stream().anyMatch(PolicyTerms::looksAtDevices);
            case Term.Call call ->
                    call.function() == Term.Function.RANDOM
                            || call.arguments().stream().anyMatch(PolicyTerms::looksAtDevices);
        };
    }
}
