/** Calls between components, wherever they run. */
@NullMarked
package org.rowhouse.calls;

import org.jspecify.annotations.NullMarked;
