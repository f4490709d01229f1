package org.rowhouse.node;

import java.util.Locale;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * An error as RFC 9457 (problem details) writes it.
 *
 * @param type a URN that names the kind of error; the same for each error of one code
 * @param title the kind in words
 * @param status the HTTP status
 * @param detail what happened, to which thing, and what to do next
 * @param code the name of the {@link ErrorCode}
 * @param number the number of the {@link ErrorCode}
 */
public record Problem(
        String type, String title, int status, String detail, String code, int number) {
    /** The media type of a problem. */
    public static final String MEDIA_TYPE = "application/problem+json";

    static Problem of(RowhouseException error) {
        return of(error.code(), error.code().httpStatus(), String.valueOf(error.getMessage()));
    }

    static Problem of(ErrorCode code, int status, String detail) {
        String name = code.name().toLowerCase(Locale.ROOT);
        String words = name.replace('_', ' ');
        return new Problem(
                "urn:rowhouse:error:" + name,
                Character.toUpperCase(words.charAt(0)) + words.substring(1),
                status,
                detail,
                code.name(),
                code.number());
    }
}
