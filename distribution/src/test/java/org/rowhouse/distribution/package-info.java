/** Tests of what is started: the launcher script. */
@NullMarked
package org.rowhouse.distribution;

import org.jspecify.annotations.NullMarked;
