package org.rowhouse.examples.census;

import java.nio.ByteBuffer;

/**
 * What one reading of a file's bytes gives.
 *
 * @param sha256 digest in hexadecimal
 * @param head the first bytes
 */
record Content(String sha256, Counts counts, ByteBuffer head) {}
