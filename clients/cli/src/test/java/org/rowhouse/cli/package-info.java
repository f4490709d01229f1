/** Tests of the command line. */
@NullMarked
package org.rowhouse.cli;

import org.jspecify.annotations.NullMarked;
