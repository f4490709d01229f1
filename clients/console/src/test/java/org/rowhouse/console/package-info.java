/** The console in a real browser, against a running system. */
@org.jspecify.annotations.NullUnmarked
package org.rowhouse.console;
