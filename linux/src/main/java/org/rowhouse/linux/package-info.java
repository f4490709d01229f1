/**
 * The machine below, by the foreign function interface: shared memory, waiting and waking across
 * processes, processor affinity.
 */
@NullMarked
package org.rowhouse.linux;

import org.jspecify.annotations.NullMarked;
