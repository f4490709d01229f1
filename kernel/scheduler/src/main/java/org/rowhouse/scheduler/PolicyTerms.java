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
        Set<Column> columns) {}
