/** Seeded violations. */
@NullMarked
package org.rowhouse.rules.seeds.api;

import org.jspecify.annotations.NullMarked;
