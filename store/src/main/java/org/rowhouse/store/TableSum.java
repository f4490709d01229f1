package org.rowhouse.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A checksum of a table's rows that does not depend on their order, since two servers store and
 * give them in different orders: the sum, modulo 2^128, of the first half of each row's SHA-256.
 *
 * <p>Fed with the text format of COPY, where a line is a row: line ends within values are escaped.
 */
final class TableSum {
    private final MessageDigest digest;
    private long rows;
    private long high;
    private long low;

    TableSum() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Adds bytes, which may begin and end anywhere in a row. */
    void update(byte[] bytes, int offset, int length) {
        int begin = offset;
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            if (bytes[i] == '\n') {
                digest.update(bytes, begin, i + 1 - begin);
                addRow(digest.digest());
                begin = i + 1;
            }
        }
        digest.update(bytes, begin, end - begin);
    }

    private void addRow(byte[] hash) {
        long addend = longAt(hash, Long.BYTES);
        low += addend;
        boolean carry = Long.compareUnsigned(low, addend) < 0;
        high += longAt(hash, 0) + (carry ? 1 : 0);
        rows++;
    }

    private static long longAt(byte[] bytes, int offset) {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << Byte.SIZE | (bytes[offset + i] & 0xff);
        }
        return value;
    }

    /** How many whole rows were added. */
    long rows() {
        return rows;
    }

    /** The sum as 32 hexadecimal digits. */
    String value() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
