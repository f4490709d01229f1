/** A census of a directory: one task for each file, and a report at the end. */
@NullMarked
package org.rowhouse.examples.census;

import org.jspecify.annotations.NullMarked;
