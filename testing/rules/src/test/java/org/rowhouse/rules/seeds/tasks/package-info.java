/** Seeded violations. */
@NullMarked
package org.rowhouse.rules.seeds.tasks;

import org.jspecify.annotations.NullMarked;
