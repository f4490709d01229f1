package org.rowhouse.benchmarks;

/**
 * One system in a contest.
 *
 * @param name name and version, as the report prints them
 * @param system the system itself, started and ready
 */
record Side<S>(String name, S system) {}
