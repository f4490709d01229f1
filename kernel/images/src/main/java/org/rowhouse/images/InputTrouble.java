package org.rowhouse.images;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds the words for JSON that does not fit a type. The strict reader has refused it already, so
 * this may be slow: it walks the text beside the type, from the outside in, until it meets the
 * first part that does not fit.
 */
final class InputTrouble {
    private final JsonMapper mapper;

    InputTrouble(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /** One sentence that names the field, what it must be and what it is. */
    String explain(String json, JavaType type, Throwable refusal) {
        String parsersWords =
                refusal instanceof JacksonException trouble
                        ? JsonTrouble.words(trouble)
                        : "nested too deeply";
        try {
            JsonNode value = mapper.readTree(json);
            return problem(value, type, "", type)
                    .orElse("The value does not fit " + name(type) + ": " + parsersWords + ".");
        } catch (JacksonException | StackOverflowError e) {
            return "The value for "
                    + name(type)
                    + " is not readable as JSON: "
                    + parsersWords
                    + ".";
        }
    }

    /** The type as a person knows it. */
    static String name(JavaType type) {
        return type.getRawClass().getSimpleName();
    }

    /** The place of a refusal, as in {@code lines[2].amount}. */
    static String path(JacksonException trouble) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : trouble.getPath()) {
            if (step.getPropertyName() != null) {
                path.append(path.isEmpty() ? "" : ".").append(Quoted.plain(step.getPropertyName()));
            } else {
                path.append('[').append(step.getIndex()).append(']');
            }
        }
        return path.toString();
    }

    private Optional<String> problem(JsonNode value, JavaType type, String path, JavaType root) {
        if (type.isReferenceType()) {
            return value.isNull()
                    ? Optional.empty()
                    : problem(value, type.getReferencedType(), path, root);
        }
        if (fits(value, type)) {
            return Optional.empty();
        }
        if (type.getRawClass().isRecord() && value.isObject()) {
            return recordProblem(value, type, path, root);
        }
        if (type.isCollectionLikeType() || type.isArrayType()) {
            for (int i = 0; value.isArray() && i < value.size(); i++) {
                Optional<String> inside =
                        problem(value.get(i), type.getContentType(), path + "[" + i + "]", root);
                if (inside.isPresent()) {
                    return inside;
                }
            }
        }
        if (type.isMapLikeType() && value.isObject()) {
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                Optional<String> inside =
                        problem(
                                entry.getValue(),
                                type.getContentType(),
                                join(path, entry.getKey()),
                                root);
                if (inside.isPresent()) {
                    return inside;
                }
            }
        }
        return Optional.of(
                place(path, root) + " must be " + words(type) + ", but is " + shown(value) + ".");
    }

    private Optional<String> recordProblem(
            JsonNode value, JavaType type, String path, JavaType root) {
        Map<String, RecordComponent> components = components(type);
        for (String field : value.propertyNames()) {
            if (!components.containsKey(field)) {
                return Optional.of(
                        place(path, root)
                                + " has no field "
                                + Quoted.of(field)
                                + "; its fields: "
                                + Quoted.list(components.keySet())
                                + "."
                                + Quoted.didYouMean(field, components.keySet()));
            }
        }
        for (RecordComponent component : components.values()) {
            JavaType expected = componentType(type, component);
            String inner = join(path, component.getName());
            JsonNode given = value.get(component.getName());
            if (given == null) {
                if (!StrictJson.optional(component)) {
                    return Optional.of(
                            place(inner, root)
                                    + " is missing; it must be "
                                    + words(expected)
                                    + ".");
                }
                continue;
            }
            Optional<String> inside = problem(given, expected, inner, root);
            if (inside.isPresent()) {
                return inside;
            }
        }
        return refusedByConstructor(value, type)
                .map(reason ->
                        place(path, root) + " was refused by " + name(type) + " itself: " + reason);
    }

    private boolean fits(JsonNode value, JavaType type) {
        try {
            mapper.readerFor(type).readValue(value.toString());
            return true;
        } catch (JacksonException e) {
            return false;
        }
    }

    private Optional<String> refusedByConstructor(JsonNode value, JavaType type) {
        try {
            mapper.readerFor(type).readValue(value.toString());
            return Optional.empty();
        } catch (JacksonException e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            String message = reason.getMessage();
            return Optional.of(
                    message == null ? reason.getClass().getSimpleName() : Quoted.plain(message));
        }
    }

    private JavaType componentType(JavaType owner, RecordComponent component) {
        return mapper.getTypeFactory()
                .resolveMemberType(component.getGenericType(), owner.getBindings());
    }

    private static Map<String, RecordComponent> components(JavaType type) {
        Map<String, RecordComponent> components = new LinkedHashMap<>();
        for (RecordComponent component : type.getRawClass().getRecordComponents()) {
            components.put(component.getName(), component);
        }
        return components;
    }

    private static String join(String path, String field) {
        return path.isEmpty() ? Quoted.plain(field) : path + "." + Quoted.plain(field);
    }

    private static String place(String path, JavaType root) {
        return path.isEmpty() ? name(root) : "field '" + path + "' of " + name(root);
    }

    private static String shown(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            default -> Quoted.plain(value.toString());
        };
    }

    /** What a value of this type must be, with its article. */
    static String words(JavaType type) {
        Class<?> raw = type.isPrimitive() ? type.getRawClass() : unboxed(type.getRawClass());
        if (raw == boolean.class) {
            return "true or false";
        }
        if (raw == byte.class || raw == short.class || raw == int.class || raw == long.class) {
            return "a whole number" + range(raw);
        }
        if (raw == java.math.BigInteger.class) {
            return "a whole number";
        }
        if (raw == float.class || raw == double.class || Number.class.isAssignableFrom(raw)) {
            return "a number";
        }
        if (raw.isEnum()) {
            return Arrays.stream(raw.getEnumConstants())
                    .map(constant -> ((Enum<?>) constant).name())
                    .collect(Collectors.joining(", ", "one of ", ""));
        }
        if (raw == byte[].class) {
            return "bytes in base64";
        }
        if (type.isReferenceType()) {
            return words(type.getReferencedType());
        }
        if (type.isCollectionLikeType() || type.isArrayType()) {
            return "a list";
        }
        if (raw.isRecord()) {
            StringJoiner fields = new StringJoiner(", ", "an object with the fields ", "");
            fields.setEmptyValue("an object without fields");
            components(type).keySet().forEach(fields::add);
            return fields.toString();
        }
        return type.isMapLikeType() ? "an object" : exampleWords(raw);
    }

    private static String exampleWords(Class<?> raw) {
        if (raw == char.class) {
            return "text of one character";
        }
        if (raw == UUID.class) {
            return "a UUID";
        }
        if (raw == Instant.class) {
            return "an instant such as 2026-01-31T10:00:00Z";
        }
        if (raw == LocalDate.class) {
            return "a date such as 2026-01-31";
        }
        if (raw == LocalTime.class) {
            return "a time such as 10:00:00";
        }
        if (raw == Duration.class) {
            return "a duration such as PT1M30S";
        }
        if (raw.getPackageName().equals("java.time")) {
            return "a " + raw.getSimpleName() + " in the form of ISO 8601";
        }
        return raw == Object.class ? "any value" : "text";
    }

    private static String range(Class<?> raw) {
        if (raw == long.class) {
            return "";
        }
        int bits = raw == byte.class ? 8 : raw == short.class ? 16 : 32;
        return " from " + -(1L << (bits - 1)) + " to " + ((1L << (bits - 1)) - 1);
    }

    private static Class<?> unboxed(Class<?> type) {
        return java.lang.invoke.MethodType.methodType(type).unwrap().returnType();
    }
}
