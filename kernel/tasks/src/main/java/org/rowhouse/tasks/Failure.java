package org.rowhouse.tasks;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What went wrong, as it stands in the column {@code error}.
 *
 * @param code number of the {@link ErrorCode}
 * @param type class of the exception; null when Rowhouse itself says it
 * @param stack where it was thrown
 */
public record Failure(int code, String message, @Nullable String type, @Nullable String stack) {
    static Failure of(Throwable thrown) {
        if (thrown instanceof RowhouseException told) {
            return new Failure(
                    told.code().number(), cut(String.valueOf(told.getMessage())), null, null);
        }
        String type = thrown.getClass().getName();
        String message = type;
        StringWriter stack = new StringWriter();
        try {
            String said = thrown.getMessage();
            message = said == null || said.isBlank() ? type : said;
            thrown.printStackTrace(new PrintWriter(stack));
        } catch (RuntimeException | StackOverflowError e) {
            stack.append("(It cannot tell its message or its stack: ")
                    .append(e.getClass().getName())
                    .append(".)");
        }
        return new Failure(
                ErrorCode.FUNCTION_FAILED.number(), cut(message), type, cut(stack.toString()));
    }

    static Failure of(ErrorCode code, String message) {
        return new Failure(code.number(), cut(message), null, null);
    }

    /**
     * The code by name; FUNCTION_FAILED if a newer Rowhouse wrote one that this one does not know.
     */
    public ErrorCode errorCode() {
        for (ErrorCode known : ErrorCode.values()) {
            if (known.number() == code) {
                return known;
            }
        }
        return ErrorCode.FUNCTION_FAILED;
    }

    /** Cut to its bound, and without the character that PostgreSQL cannot store. */
    private static String cut(String text) {
        String clean = text.replace("\0", "\\0");
        return clean.length() <= TaskBounds.ERROR_LENGTH_MAX
                ? clean
                : clean.substring(0, TaskBounds.ERROR_LENGTH_MAX) + "...";
    }
}
