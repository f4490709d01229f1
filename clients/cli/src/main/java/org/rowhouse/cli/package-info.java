/** The command line: what a person types, and what it answers. */
@NullMarked
package org.rowhouse.cli;

import org.jspecify.annotations.NullMarked;
