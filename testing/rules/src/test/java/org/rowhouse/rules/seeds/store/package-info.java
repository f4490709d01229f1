/** Seeded violations. */
@NullMarked
package org.rowhouse.rules.seeds.store;

import org.jspecify.annotations.NullMarked;
