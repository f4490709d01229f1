/** Regions of cells and bytes that components read and change across machines. */
@NullMarked
package org.rowhouse.memory;

import org.jspecify.annotations.NullMarked;
