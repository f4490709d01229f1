package org.rowhouse.wire;

/**
 * Where a call stands in a trace, as the W3C recommendation "Trace Context" defines it.
 *
 * @param traceHigh the first 8 bytes of the trace's id
 * @param traceLow its last 8 bytes; an id of zeros alone is not allowed
 * @param span the id of the caller's span; not 0
 * @param sampled whether the caller records its span
 */
public record TraceContext(long traceHigh, long traceLow, long span, boolean sampled) {}
