/** Seeded violations. */
@NullMarked
package org.rowhouse.rules.seeds.cli;

import org.jspecify.annotations.NullMarked;
