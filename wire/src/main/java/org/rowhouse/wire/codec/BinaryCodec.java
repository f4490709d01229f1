package org.rowhouse.wire.codec;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The compact binary form of one type of values; {@code docs/encoding.md} describes the bytes.
 *
 * <p>A schema travels once, the values after it carry neither names nor tags. A reader plans with
 * the writer's schema and its own type: added fields are skipped or empty, renamed ones refused.
 * Equal values give equal bytes. Made once for a type; safe for use by many threads.
 */
public final class BinaryCodec<T extends @Nullable Object> {
    private final String name;
    private final Shape shape;
    private final String schema;
    private final Encoding encoding;
    private final BinaryDecoder<T> own;
    private final Map<String, BinaryDecoder<T>> decoders = new ConcurrentHashMap<>();

    /** The length of what was written last: a good guess for what comes next. */
    private volatile int expected = 64;

    private BinaryCodec(String name, Shape shape) {
        this.name = name;
        this.shape = shape;
        Schema made = Shape.schema(shape);
        schema = made.text();
        encoding = Encodings.of(shape);
        own = new BinaryDecoder<>(name, Decodings.of(made, shape));
    }

    /**
     * For a class: a record, or anything else that a record may hold.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_COMPONENT if it cannot be encoded, with
     *     the path to the field
     */
    public static <T> BinaryCodec<T> of(Class<T> type) {
        return made(type.getSimpleName(), () -> ClassShapes.of(type));
    }

    /** Like {@link #of(Class)}, for a type with parameters, or {@code void}. */
    public static BinaryCodec<@Nullable Object> of(Type type) {
        return made(type.getTypeName(), () -> ClassShapes.of(type));
    }

    /** For what a method gives; its values are null if that is nothing. */
    public static BinaryCodec<@Nullable Object> ofResult(Method method) {
        return made("The result of " + method.getName(), () -> ClassShapes.ofResult(method));
    }

    /**
     * For what a method is called with: written like a record that is called as the method and has
     * its parameters as fields, so parameters may be added as fields may.
     *
     * @param parameters those of the method that travel, in order
     */
    public static BinaryCodec<@Nullable Object[]> ofParameters(
            Method method, List<Parameter> parameters) {
        return made(
                "A call of " + method.getName(),
                () -> ClassShapes.ofParameters(method, parameters));
    }

    /**
     * For values of a schema whose types this program does not have. Records are maps by the names
     * of their fields, enums the names of their constants, unions {@link Chosen}; lists, maps and
     * values without parts are as always. Whole numbers may be of any class when they are written.
     */
    public static BinaryCodec<@Nullable Object> ofTree(Schema schema) {
        String name = schema instanceof Schema.Named named ? named.name() : "The value";
        return made(name, () -> TreeShapes.of(schema));
    }

    private interface Making {
        Shape shape();
    }

    private static <T extends @Nullable Object> BinaryCodec<T> made(String name, Making making) {
        try {
            return new BinaryCodec<>(name, making.shape());
        } catch (Trouble e) {
            throw e.told(name + " has no binary form");
        }
    }

    /** What values look like, for the peer. */
    public String schema() {
        return schema;
    }

    /**
     * Writes a value.
     *
     * @throws org.rowhouse.api.RowhouseException INVALID_OUTPUT with the path to the field that
     *     cannot be written; TOO_LARGE
     */
    public byte[] encode(T value) {
        try {
            Output output = new Output(expected);
            encoding.write(output, value);
            if (output.length() > CodecBounds.BYTES_MAX) {
                throw Output.tooLarge();
            }
            expected = output.length();
            return output.toBytes();
        } catch (Trouble e) {
            throw e.told(name + " cannot be written");
        }
    }

    /** Reads what this codec wrote. */
    public T decode(byte[] bytes) {
        return own.decode(bytes);
    }

    /**
     * For what a writer of that schema writes.
     *
     * @param writer a schema's text, which may come from anyone
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT if it is no schema; INVALID_INPUT
     *     if its values do not fit, with both fields' names if one was renamed; TOO_LARGE
     */
    public BinaryDecoder<T> decoder(String writer) {
        if (writer.equals(schema)) {
            return own;
        }
        BinaryDecoder<T> known = decoders.get(writer);
        if (known != null) {
            return known;
        }
        Schema written = Schema.parse(writer);
        try {
            BinaryDecoder<T> made = new BinaryDecoder<>(name, Decodings.of(written, shape));
            if (decoders.size() < CodecBounds.DECODERS_KEPT_MAX) {
                decoders.put(writer, made);
            }
            return made;
        } catch (Trouble e) {
            throw e.told(name + " cannot be read as it is written");
        }
    }
}
