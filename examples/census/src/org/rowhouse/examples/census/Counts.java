package org.rowhouse.examples.census;

/**
 * How much is in a file.
 *
 * @param bytes its length
 * @param lines its line ends, and a last line without one
 */
public record Counts(long bytes, long lines) {}
