/**
 * Who may do what: accounts of people with their roles and passwords, sessions, the audit of every
 * action, and the role under which statements of people run who are no admins.
 */
@NullMarked
package org.rowhouse.accounts;

import org.jspecify.annotations.NullMarked;
