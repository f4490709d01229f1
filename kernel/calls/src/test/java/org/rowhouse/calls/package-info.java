/** Tests of calls between components. */
@NullMarked
package org.rowhouse.calls;

import org.jspecify.annotations.NullMarked;
