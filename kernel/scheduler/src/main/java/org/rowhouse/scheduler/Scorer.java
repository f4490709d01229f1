package org.rowhouse.scheduler;

/**
 * A compiled policy. Its methods read the candidate and, if they are random, draw from it; they
 * hold no state. They throw a RowhouseException where PostgreSQL would raise an error.
 */
interface Scorer {
    /** The condition after {@code where}; true without one. */
    boolean admits(Candidate candidate);

    /** The score: the highest wins. */
    double score(Candidate candidate);

    /** Of candidates on one node with one score, the highest preference wins; 0 without one. */
    double preference(Candidate candidate);
}
