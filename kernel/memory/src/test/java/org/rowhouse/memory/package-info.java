/** Tests of regions, and the checker of their histories. */
@NullMarked
package org.rowhouse.memory;

import org.jspecify.annotations.NullMarked;
