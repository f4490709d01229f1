package org.rowhouse.scheduler;

/** The types that expressions of a policy have in PostgreSQL, as far as policies may use them. */
enum Type {
    /** {@code integer}. */
    INTEGER("integer"),
    /** {@code numeric}: constants with a point; they become {@link #FLOAT} beside one. */
    NUMERIC("numeric"),
    /** {@code float8}. */
    FLOAT("float8"),
    /** {@code boolean}. */
    BOOLEAN("boolean"),
    /** {@code text}. */
    TEXT("text");

    final String sql;

    Type(String sql) {
        this.sql = sql;
    }

    boolean isNumber() {
        return this == INTEGER || this == NUMERIC || this == FLOAT;
    }
}
