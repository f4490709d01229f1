/** What a compiler cannot see: the arrows between modules, and a tidy repository. */
@NullMarked
package org.rowhouse.rules;

import org.jspecify.annotations.NullMarked;
