package org.rowhouse.benchmarks;

/** What the functions of benchmarks take and give. */
public record Value(long value) {}
