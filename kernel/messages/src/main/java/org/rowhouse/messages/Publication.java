package org.rowhouse.messages;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A message to publish.
 *
 * @param topic where it goes
 * @param key chooses the log; messages of one key stay in order. Null: any log
 * @param body the content, at most {@value MessageBounds#BODY_MAX} bytes as UTF-8
 * @param id a name of the sender's own: a message of the same topic and id is published once, as
 *     long as the first is kept. Null: every message is a new one
 * @param headers a JSON object of texts; null for none
 * @param timeToLive readers pass it over after this time; null for never
 */
public record Publication(
        String topic,
        @Nullable String key,
        String body,
        @Nullable String id,
        @Nullable String headers,
        @Nullable Duration timeToLive) {
    public Publication {
        checkText("key", key, MessageBounds.KEY_LENGTH_MAX);
        checkText("id", id, MessageBounds.KEY_LENGTH_MAX);
        checkText("headers", headers, MessageBounds.HEADERS_LENGTH_MAX);
        checkBody(body);
        checkTime("time to live", timeToLive);
    }

    /** A message of this key. */
    public static Publication of(String topic, @Nullable String key, String body) {
        return new Publication(topic, key, body, null, null, null);
    }

    /** The same, known by this id. */
    public Publication id(@Nullable String id) {
        return new Publication(topic, key, body, id, headers, timeToLive);
    }

    /** The same with headers, a JSON object of texts. */
    public Publication headers(@Nullable String headers) {
        return new Publication(topic, key, body, id, headers, timeToLive);
    }

    /** The same for this time only. */
    public Publication timeToLive(@Nullable Duration timeToLive) {
        return new Publication(topic, key, body, id, headers, timeToLive);
    }

    static void checkBody(String body) {
        // A quarter of the bound needs no counting, since no character takes more than 4 bytes.
        if (body.length() > MessageBounds.BODY_MAX / 4
                && body.getBytes(StandardCharsets.UTF_8).length > MessageBounds.BODY_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "A message may have at most "
                            + MessageBounds.BODY_MAX
                            + " bytes: put what is larger into a file or table and send its name.");
        }
        checkNul("body", body);
    }

    static void checkText(String what, @Nullable String text, int longest) {
        if (text == null) {
            return;
        }
        if (text.isEmpty() || text.length() > longest) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A message's " + what + " must have 1 to " + longest + " characters.");
        }
        checkNul(what, text);
    }

    private static void checkNul(String what, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A message's " + what + " must not contain NUL: encode bytes as Base64.");
        }
    }

    static void checkTime(String what, @Nullable Duration time) {
        if (time != null && (time.isNegative() || time.compareTo(MessageBounds.LONGEST) > 0)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A message's " + what + " must be 0 to 3650 days, but is " + time + ".");
        }
    }
}
