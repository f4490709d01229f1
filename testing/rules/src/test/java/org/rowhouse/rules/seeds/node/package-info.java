/** Seeded violations. */
@NullMarked
package org.rowhouse.rules.seeds.node;

import org.jspecify.annotations.NullMarked;
