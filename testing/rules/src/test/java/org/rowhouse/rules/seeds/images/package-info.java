/** Seeded violations. */
@NullMarked
package org.rowhouse.rules.seeds.images;

import org.jspecify.annotations.NullMarked;
