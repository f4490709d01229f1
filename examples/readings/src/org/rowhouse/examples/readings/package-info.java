/** Sensors publish readings, and components consume them. */
@NullMarked
package org.rowhouse.examples.readings;

import org.jspecify.annotations.NullMarked;
