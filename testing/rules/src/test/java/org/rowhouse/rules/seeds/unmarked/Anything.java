package org.rowhouse.rules.seeds.unmarked;

/** Violates: every package is null-marked. */
final class Anything {}
