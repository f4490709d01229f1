package org.rowhouse.messages;

import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Why a log took no message, in words. */
final class Refusals {
    private Refusals() {}

    static RowhouseException of(Topic topic, MessageCalls.Refused why) {
        Long bytes = why.bytes();
        Long bytesMax = why.bytesMax();
        Long lag = why.lag();
        Long lagMax = why.lagMax();
        if (!why.known()) {
            return new RowhouseException(
                    ErrorCode.NOT_FOUND, "The topic " + topic.name() + " was dropped.");
        }
        if (why.closed()) {
            return new RowhouseException(ErrorCode.CONFLICT, topic.name() + " is closed.");
        }
        if (bytes != null && bytesMax != null && bytes >= bytesMax) {
            return new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "The topic "
                            + topic.name()
                            + " is full: the messages of one of its logs take "
                            + bytes
                            + " bytes, and its share of bytes_max is "
                            + bytesMax
                            + ". Try again when retention has deleted some, or raise bytes_max.");
        }
        if (lag != null && lagMax != null && lag >= lagMax) {
            return new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "The topic "
                            + topic.name()
                            + " is read too slowly: its group "
                            + why.groupName()
                            + " lags by "
                            + lag
                            + " messages in one of its logs, and lag_max is "
                            + lagMax
                            + ". Try again later.");
        }
        return new RowhouseException(
                ErrorCode.OVERLOADED,
                "The topic " + topic.name() + " was full a moment ago. Try again.");
    }
}
