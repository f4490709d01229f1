package org.rowhouse.messages;

import java.util.List;

/**
 * A part of a stream or of a topic's log.
 *
 * @param messages those that were asked for, as far as they are there and have not expired
 * @param next the position to go on from
 * @param tail the first position that is kept
 * @param head the position that the next message gets
 * @param closed whether nothing more can follow
 */
public record LogPage(List<Message> messages, long next, long tail, long head, boolean closed) {
    /** Whether the stream has ended and this is its end. */
    public boolean ended() {
        return closed && next >= head;
    }
}
