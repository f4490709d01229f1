package org.rowhouse.memory;

import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Verb;

/** What verbs are refused with: a sentence each. */
final class Refusals {
    private Refusals() {}

    static RowhouseException incarnationOver(String region) {
        return new RowhouseException(
                ErrorCode.CONFLICT,
                "This incarnation of the region '"
                        + region
                        + "' is over, and what it held is gone: open the region again.");
    }

    static RowhouseException leaseOver(String region) {
        return new RowhouseException(
                ErrorCode.NODE_UNAVAILABLE,
                "The home of the region '"
                        + region
                        + "' has no lease at the moment and must not answer: ask again later.");
    }

    /** Also for numbers that somebody made up. */
    static RowhouseException unknownHandle() {
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "This node knows no such handle of a region: open the region again.");
    }

    static RowhouseException noHome(String region) {
        return new RowhouseException(
                ErrorCode.NODE_UNAVAILABLE,
                "The region '"
                        + region
                        + "' has no home at the moment: no node with the role memory has taken it,"
                        + " or the one that had it has just gone.");
    }

    static RowhouseException unknownRegion(String region) {
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "There is no region '" + region + "': see 'rowhouse regions'.");
    }

    static RowhouseException noRight(String region, Verb verb) {
        return new RowhouseException(
                ErrorCode.FORBIDDEN,
                "There is no right to "
                        + verb.word()
                        + " in the region '"
                        + region
                        + "': 'rowhouse regions grant' gives it.");
    }

    static RowhouseException noRightAtAll(String region, String who) {
        return new RowhouseException(
                ErrorCode.FORBIDDEN,
                "'"
                        + who
                        + "' has no right in the region '"
                        + region
                        + "': 'rowhouse regions grant' gives some.");
    }

    static RowhouseException outside(String region, long offset, long count, long length) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                count
                        + " bytes from "
                        + offset
                        + " on do not lie in the region '"
                        + region
                        + "', which has "
                        + length
                        + ".");
    }

    static RowhouseException noCell(String region, long index, long cells) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The region '"
                        + region
                        + "' has "
                        + cells
                        + " cells, from 0, and no cell "
                        + index
                        + ".");
    }

    static RowhouseException tooLong(long count) {
        return new RowhouseException(
                ErrorCode.TOO_LARGE,
                "A range has at most "
                        + MemoryBounds.RANGE_MAX
                        + " bytes, not "
                        + count
                        + ": take it in parts, each of which is atomic.");
    }

    static RowhouseException unaligned(long offset) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "A cell begins at a multiple of 8, not at " + offset + ".");
    }

    static RowhouseException turnPassed() {
        return new RowhouseException(
                ErrorCode.CONFLICT,
                "This change came too late: its sender has gone on with another one.");
    }

    static RowhouseException malformed(String what) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT, "Not a request to memory: " + what + ".");
    }
}
