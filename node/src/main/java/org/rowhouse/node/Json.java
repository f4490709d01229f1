package org.rowhouse.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * JSON as the HTTP API speaks it: snake_case as the columns of the tables, unknown fields refused.
 */
final class Json {
    static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(NodeBounds.BODY_DEPTH_MAX)
                                                    .maxDocumentLength(NodeBounds.BODY_BYTES_MAX)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    .enable(
                            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                            DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                            DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .withCoercionConfig(
                            LogicalType.Textual,
                            text ->
                                    text.setCoercion(
                                                    CoercionInputShape.Integer, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Float, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Boolean,
                                                    CoercionAction.Fail))
                    .build();

    private Json() {}

    static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    static String text(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /**
     * Reads a request's body.
     *
     * @throws RowhouseException INVALID_ARGUMENT that names the field, or TOO_LARGE
     */
    static <T> T read(InputStream body, Class<T> type) {
        byte[] bytes = readAtMost(body, NodeBounds.BODY_BYTES_MAX);
        try {
            T value =
                    MAPPER.readValue(
                            bytes.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : bytes,
                            type);
            if (value == null) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "The body is the JSON word null: send an object.");
            }
            return value;
        } catch (DatabindException e) {
            throw invalid(e, explain(e));
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw invalid(
                    e,
                    "The body is not valid JSON"
                            + (at == null
                                    ? ""
                                    : " (line "
                                            + at.getLineNr()
                                            + ", column "
                                            + at.getColumnNr()
                                            + ")")
                            + ": "
                            + firstLine(e.getOriginalMessage()));
        }
    }

    /**
     * All bytes of {@code body}.
     *
     * @throws RowhouseException TOO_LARGE if there are more than {@code most}
     */
    static byte[] readAtMost(InputStream body, int most) {
        try {
            byte[] bytes = body.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new RowhouseException(
                        ErrorCode.TOO_LARGE,
                        "The body is larger than " + most + " bytes, the most that is taken here.");
            }
            return bytes;
        } catch (IOException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "The body broke off: send the request again.", e);
        }
    }

    private static String explain(DatabindException e) {
        String field =
                e.getPath().stream()
                        .map(part ->
                                part.getPropertyName() == null
                                        ? "[" + part.getIndex() + "]"
                                        : part.getPropertyName())
                        .collect(Collectors.joining("."));
        if (e instanceof UnrecognizedPropertyException unknown) {
            String known =
                    unknown.getKnownPropertyIds().stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
            return "The body has an unknown field '"
                    + shorten(field)
                    + "': known are "
                    + known
                    + ".";
        }
        return "The body does not fit"
                + (field.isEmpty() ? "" : " at '" + shorten(field) + "'")
                + ": "
                + firstLine(e.getOriginalMessage());
    }

    private static RowhouseException invalid(JacksonException cause, String sentence) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, sentence, cause);
    }

    private static String shorten(String name) {
        return name.length() > 100 ? name.substring(0, 100) + "..." : name;
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }
}
