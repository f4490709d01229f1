/** Tests of placement, each engine against the other. */
@NullMarked
package org.rowhouse.scheduler;

import org.jspecify.annotations.NullMarked;
