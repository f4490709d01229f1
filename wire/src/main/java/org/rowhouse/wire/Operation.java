package org.rowhouse.wire;

/**
 * What can be asked of a peer.
 *
 * @param name {@code component/function}, or {@code rowhouse/...} for the kernel's own
 * @param request the schema of what is asked, as {@code org.rowhouse.wire.codec} writes it
 * @param reply the schema of what is answered
 */
public record Operation(String name, String request, String reply) {}
