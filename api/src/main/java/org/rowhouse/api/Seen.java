package org.rowhouse.api;

/**
 * Bytes of a region as they were at one moment.
 *
 * @param version grows with every change nearby: as long as the same range has the same version in
 *     the same incarnation, it holds the same bytes
 * @param bytes what was there
 */
@SuppressWarnings("ArrayRecordComponent") // a copy of its own, given away; compared by nobody
public record Seen(long version, byte[] bytes) {}
