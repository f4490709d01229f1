/** Tests of passwords, logins and sessions, with a real database. */
@NullMarked
package org.rowhouse.accounts;

import org.jspecify.annotations.NullMarked;
