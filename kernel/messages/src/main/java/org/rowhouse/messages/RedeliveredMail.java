package org.rowhouse.messages;

/**
 * What became of a mailbox's dead letters.
 *
 * @param redelivered how many are in the mailbox again
 * @param leftOver how many did not fit and are dead letters as before
 */
public record RedeliveredMail(long redelivered, long leftOver) {}
