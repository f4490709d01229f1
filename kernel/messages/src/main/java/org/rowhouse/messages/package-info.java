/** Durable messages: mailboxes, topics, streams, events. */
@NullMarked
package org.rowhouse.messages;

import org.jspecify.annotations.NullMarked;
