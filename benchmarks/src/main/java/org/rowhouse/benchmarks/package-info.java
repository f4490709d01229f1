/**
 * One class per published claim, always beside its peer: the two sides take turns on the same
 * server, with the same settings, in the same call.
 */
@NullMarked
package org.rowhouse.benchmarks;

import org.jspecify.annotations.NullMarked;
