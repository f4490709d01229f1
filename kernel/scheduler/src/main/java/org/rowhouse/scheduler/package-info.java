/**
 * Where ready tasks run: fleets of unlike nodes and devices, ready work by class of need, policies
 * written as SQL and compiled, and the simulator that runs the same policies on traces.
 */
@NullMarked
package org.rowhouse.scheduler;

import org.jspecify.annotations.NullMarked;
