package org.rowhouse.wire;

import org.rowhouse.api.RowhouseException;

/** Something that this side has asked and the peer has not answered; told by the reading thread. */
interface Asked {
    /** Bytes of the answer; with {@code more} not the last ones. */
    void reply(byte[] bytes, int at, int lengthBytes, boolean more) throws ProtocolError;

    /** It ends without an answer. */
    void fail(RowhouseException error);

    /** Where its first byte stands in the stream of all bytes, to tell whether it can have left. */
    long beginsAt();
}
