package org.rowhouse.node;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.codec.Chosen;
import org.rowhouse.wire.codec.Schema;
import tools.jackson.databind.JsonNode;

/**
 * Values between JSON and trees of the binary codec, by a schema. As strict as inputs of tasks:
 * nothing is bent until it fits, and fields that a record lacks are refused. A value of a union is
 * an object with one field, the alternative's name.
 */
final class JsonTrees {
    private static final int SHOWN_LENGTH_MAX = 100;

    private JsonTrees() {}

    /**
     * Reads JSON.
     *
     * @throws RowhouseException INVALID_INPUT with the path to what does not fit
     */
    static @Nullable Object tree(Schema schema, JsonNode json) {
        return tree(schema, json, "");
    }

    private static @Nullable Object tree(Schema schema, JsonNode json, String path) {
        if (json.isNull()) {
            return null; // the codec refuses it where nothing may be
        }
        return switch (schema) {
            case Schema.Leaf leaf -> leaf(leaf, json, path);
            case Schema.Maybe maybe -> tree(maybe.item(), json, path);
            case Schema.ListOf list -> {
                require(json.isArray(), "an array", json, path);
                List<@Nullable Object> items = new ArrayList<>();
                for (JsonNode each : json) {
                    items.add(tree(list.item(), each, path + "[" + items.size() + "]"));
                }
                yield items;
            }
            case Schema.MapOf map -> {
                require(json.isObject(), "an object", json, path);
                Map<Object, @Nullable Object> entries = new LinkedHashMap<>();
                for (Map.Entry<String, JsonNode> each : json.properties()) {
                    String at = within(path, each.getKey());
                    entries.put(
                            key(map.key(), each.getKey(), at),
                            tree(map.value(), each.getValue(), at));
                }
                yield entries;
            }
            case Schema.Constants _ -> {
                require(json.isString(), "a text", json, path);
                yield json.stringValue();
            }
            case Schema.Fields fields -> fields(fields, json, path);
            case Schema.Alternatives union -> chosen(union, json, path);
        };
    }

    private static Map<String, @Nullable Object> fields(
            Schema.Fields fields, JsonNode json, String path) {
        require(json.isObject(), "an object", json, path);
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        for (Schema.Field field : fields.fields()) {
            JsonNode value = json.get(field.name());
            tree.put(
                    field.name(),
                    value == null ? null : tree(field.schema(), value, within(path, field.name())));
        }
        for (String name : json.propertyNames()) {
            if (!tree.containsKey(name)) {
                throw unfit(
                        within(path, name),
                        "is no field of " + fields.name() + ", which has " + tree.keySet());
            }
        }
        return tree;
    }

    private static Chosen chosen(Schema.Alternatives union, JsonNode json, String path) {
        List<String> names = union.alternatives().stream().map(Schema.Fields::name).toList();
        if (json.isObject() && json.size() == 1) {
            String name = json.propertyNames().iterator().next();
            int choice = names.indexOf(name);
            if (choice >= 0) {
                Schema.Fields fields = union.alternatives().get(choice);
                return new Chosen(name, fields(fields, json.get(name), within(path, name)));
            }
        }
        throw unfit(path, "must be an object with one field, named as one of " + names);
    }

    private static Object key(Schema schema, String key, String path) {
        return switch (schema) {
            case Schema.Leaf leaf when leaf.whole() ->
                    parsed(() -> Long.parseLong(key), "a whole number", path);
            case Schema.Leaf leaf when leaf == Schema.Leaf.BOOL -> {
                if (!key.equals("true") && !key.equals("false")) {
                    throw unfit(path, "must be true or false");
                }
                yield key.equals("true");
            }
            case Schema.Leaf leaf -> text(leaf, key, path);
            default -> key;
        };
    }

    private static @Nullable Object leaf(Schema.Leaf leaf, JsonNode json, String path) {
        return switch (leaf) {
            case VOID -> {
                require(json.isObject() && json.isEmpty(), "null or {}", json, path);
                yield null;
            }
            case BOOL -> {
                require(json.isBoolean(), "true or false", json, path);
                yield json.booleanValue();
            }
            case I8, I16, I32, I64 -> {
                require(
                        json.isIntegralNumber() && json.canConvertToLong(),
                        "a whole number",
                        json,
                        path);
                yield json.longValue();
            }
            case F32, F64 -> {
                require(json.isNumber(), "a number", json, path);
                yield json.doubleValue();
            }
            case DECIMAL -> {
                require(json.isNumber(), "a number", json, path);
                yield json.decimalValue();
            }
            default -> {
                require(json.isString(), "a text", json, path);
                yield text(leaf, json.stringValue(), path);
            }
        };
    }

    private static Object text(Schema.Leaf leaf, String text, String path) {
        return switch (leaf) {
            case BYTES -> parsed(() -> Base64.getDecoder().decode(text), "base64", path);
            case UUID -> parsed(() -> UUID.fromString(text), "a UUID", path);
            case INSTANT ->
                    parsed(() -> Instant.parse(text), "a time, as in 2026-11-26T12:00:00Z", path);
            case DURATION ->
                    parsed(() -> Duration.parse(text), "a duration of ISO 8601, as in PT2S", path);
            case DATE -> parsed(() -> LocalDate.parse(text), "a date, as in 2026-11-26", path);
            default -> text;
        };
    }

    private interface Parsing {
        Object parse();
    }

    private static Object parsed(Parsing parsing, String wanted, String path) {
        try {
            return parsing.parse();
        } catch (IllegalArgumentException | DateTimeException e) {
            throw unfit(path, "must be " + wanted);
        }
    }

    private static void require(boolean fits, String wanted, JsonNode json, String path) {
        if (!fits) {
            String shown = json.isContainer() ? "it is an object or array" : json.toString();
            throw unfit(
                    path,
                    "must be "
                            + wanted
                            + ", but is "
                            + shown.substring(0, Math.min(shown.length(), SHOWN_LENGTH_MAX)));
        }
    }

    private static String within(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static RowhouseException unfit(String path, String what) {
        String shown =
                path.length() > SHOWN_LENGTH_MAX ? path.substring(0, SHOWN_LENGTH_MAX) : path;
        return new RowhouseException(
                ErrorCode.INVALID_INPUT,
                (path.isEmpty() ? "The body " : "The field '" + shown + "' ") + what + ".");
    }

    /** What Jackson writes as the JSON of a tree. */
    static @Nullable Object json(@Nullable Object tree) {
        return switch (tree) {
            case null -> null;
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                map.forEach((key, value) -> object.put(String.valueOf(key), json(value)));
                yield object;
            }
            case List<?> list -> list.stream().map(JsonTrees::json).toList();
            case Chosen chosen -> Map.of(chosen.alternative(), shown(chosen.fields()));
            case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
            case Number number -> number;
            case Boolean bool -> bool;
            default -> tree.toString();
        };
    }

    private static Object shown(Map<String, @Nullable Object> fields) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        fields.forEach((name, value) -> object.put(name, json(value)));
        return object;
    }
}
