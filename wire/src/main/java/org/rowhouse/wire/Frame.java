package org.rowhouse.wire;

/** The numbers of the protocol: docs/protocol.md says what they mean. */
final class Frame {
    static final int HEADER_BYTES = 12;

    static final int HELLO = 1;
    static final int CHALLENGE = 2;
    static final int PROOF = 3;
    static final int WELCOME = 4;
    static final int REFUSED = 5;
    static final int DECLARE = 6;
    static final int DECLARED = 7;
    static final int CALL = 8;
    static final int REPLY = 9;
    static final int ERROR = 10;
    static final int CANCEL = 11;
    static final int ITEM = 12;
    static final int END = 13;
    static final int CREDIT = 14;
    static final int PING = 15;
    static final int PONG = 16;
    static final int BYE = 17;

    static final int MORE = 1;
    static final int DEADLINE = 2;
    static final int TRACE = 4;
    static final int IDEMPOTENT = 8;
    static final int EXCHANGE = 16;

    static final int DEADLINE_BYTES = 8;
    static final int TRACE_BYTES = 25;

    private Frame() {}

    /** Which flags a frame of this kind may have; -1 if there is no such kind. */
    static int flagsOf(int kind) {
        return switch (kind) {
            case CALL -> MORE | DEADLINE | TRACE | IDEMPOTENT | EXCHANGE;
            case REPLY, ITEM -> MORE;
            default -> kind >= HELLO && kind <= BYE ? 0 : -1;
        };
    }

    /** Takes the frames of a connection one by one, on the thread that reads it. */
    interface Taker {
        /**
         * Takes one whole frame with known kind and allowed flags.
         *
         * @param bytes holds the body from {@code at} on, only during the call
         */
        void take(
                int kind,
                int flags,
                int operation,
                int exchange,
                byte[] bytes,
                int at,
                int lengthBytes)
                throws ProtocolError;
    }
}
