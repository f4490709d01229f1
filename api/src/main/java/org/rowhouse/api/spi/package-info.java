/** What the kernel's parts ask of each other. Component authors need nothing of it. */
@NullMarked
package org.rowhouse.api.spi;

import org.jspecify.annotations.NullMarked;
