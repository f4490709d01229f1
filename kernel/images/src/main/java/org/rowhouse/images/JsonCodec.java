package org.rowhouse.images;

import java.lang.reflect.Type;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Codec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records as JSON, strictly: what does not fit is refused and never bent until it fits.
 *
 * <p>Numbers, texts and booleans are not taken for each other; fields that the record lacks are
 * refused, and so are missing ones unless their component is an {@code Optional} or annotated
 * {@code @Nullable}; a field may be named once. Times are written in the forms of ISO 8601, bytes
 * in base64, paths as text. A value has at most {@value ImageBounds#VALUE_BYTES_MAX} bytes and
 * holds no U+0000 and no half of a surrogate pair, which {@code jsonb} refuses.
 *
 * <p>Readers and writers are made once for each type, so that a small record takes about a
 * microsecond either way. Safe for use by many threads.
 */
public final class JsonCodec implements Codec {
    private static final String NULL = "null";
    private static final String TOO_LARGE =
            "has more than "
                    + ImageBounds.VALUE_BYTES_MAX
                    + " bytes of JSON, the most a value may have. Keep it in a table or file and"
                    + " pass its name";

    private final JsonMapper mapper = StrictJson.mapper();
    private final ConcurrentMap<Type, ObjectReader> readers = new ConcurrentHashMap<>();
    private final ClassValue<ObjectWriter> writers =
            new ClassValue<>() {
                @Override
                protected ObjectWriter computeValue(Class<?> type) {
                    return mapper.writerFor(type);
                }
            };

    @Override
    public String encode(@Nullable Object value) {
        return encode(value, ErrorCode.INVALID_OUTPUT);
    }

    /**
     * Like {@link #encode(Object)}, for a value that is not a result.
     *
     * @param blame the code of a refusal
     */
    String encode(@Nullable Object value, ErrorCode blame) {
        if (value == null) {
            return NULL;
        }
        BoundedText text = new BoundedText(ImageBounds.VALUE_BYTES_MAX);
        try {
            writers.get(value.getClass()).writeValue(text, value);
        } catch (JacksonException e) {
            throw unwritable(blame, value, text.full() ? TOO_LARGE : words(e), e);
        } catch (StackOverflowError e) {
            throw unwritable(blame, value, "cannot be written as JSON: it is nested too deeply", e);
        }
        String json = text.toString();
        switch (JsonText.check(json)) {
            case FITS -> {}
            case TOO_LARGE -> throw unwritable(blame, value, TOO_LARGE, null);
            case FORBIDDEN_CHARACTER ->
                    throw unwritable(
                            blame, value, "cannot be stored: it holds " + JsonText.FORBIDDEN, null);
        }
        return json;
    }

    @Override
    public @Nullable Object decode(String json, Type type) {
        switch (JsonText.check(json)) {
            case FITS -> {}
            case TOO_LARGE ->
                    throw new RowhouseException(
                            ErrorCode.TOO_LARGE,
                            "The value for "
                                    + InputTrouble.name(mapper.constructType(type))
                                    + " "
                                    + TOO_LARGE
                                    + ".");
            case FORBIDDEN_CHARACTER ->
                    throw new RowhouseException(
                            ErrorCode.INVALID_INPUT,
                            "The value for "
                                    + InputTrouble.name(mapper.constructType(type))
                                    + " holds "
                                    + JsonText.FORBIDDEN
                                    + ".");
        }
        try {
            ObjectReader reader = readers.get(type);
            return (reader == null ? reader(type) : reader).readValue(json);
        } catch (JacksonException | StackOverflowError e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_INPUT,
                    new InputTrouble(mapper).explain(json, mapper.constructType(type), e),
                    e);
        }
    }

    private ObjectReader reader(Type type) {
        return readers.computeIfAbsent(
                type, wanted -> mapper.readerFor(mapper.constructType(wanted)));
    }

    JsonMapper mapper() {
        return mapper;
    }

    private static RowhouseException unwritable(
            ErrorCode blame, Object value, String what, @Nullable Throwable cause) {
        return new RowhouseException(
                blame, value.getClass().getSimpleName() + " " + what + ".", cause);
    }

    private static String words(JacksonException trouble) {
        String path = InputTrouble.path(trouble);
        return "cannot be written as JSON: "
                + (path.isEmpty() ? "" : "field '" + path + "': ")
                + Quoted.plain(String.valueOf(trouble.getOriginalMessage()));
    }
}
