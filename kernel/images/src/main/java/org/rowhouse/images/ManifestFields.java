package org.rowhouse.images;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.JsonNode;

/**
 * One object of a manifest, read strictly. Every refusal names the file, the field with its path,
 * and what is expected.
 */
final class ManifestFields {
    private final JsonNode object;
    private final String path;

    /**
     * @param path the object's own path with a dot at its end; empty for the whole manifest
     * @param known the fields it may have
     */
    ManifestFields(JsonNode object, String path, Set<String> known) {
        this.object = object;
        this.path = path;
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw refused(
                        "there is no field "
                                + Quoted.of(path + name)
                                + "; known here: "
                                + Quoted.list(known)
                                + "."
                                + Quoted.didYouMean(name, known));
            }
        }
    }

    static RowhouseException refused(String message) {
        return new RowhouseException(ErrorCode.INVALID_MANIFEST, Manifest.FILE + ": " + message);
    }

    RowhouseException wrong(String name, String expected, JsonNode actual) {
        return refused(
                "field "
                        + Quoted.of(path + name)
                        + " must be "
                        + expected
                        + ", but is "
                        + Quoted.plain(actual.toString())
                        + ".");
    }

    RowhouseException wrong(String name, String sentence) {
        return refused("field " + Quoted.of(path + name) + " " + sentence);
    }

    boolean has(String name) {
        return object.has(name);
    }

    String text(String name, Pattern form, String expected) {
        String text = textOrNull(name, form, expected);
        if (text == null) {
            throw refused(
                    "field "
                            + Quoted.of(path + name)
                            + " is missing; it must be "
                            + expected
                            + ".");
        }
        return text;
    }

    @Nullable String textOrNull(String name, Pattern form, String expected) {
        JsonNode value = object.get(name);
        return value == null ? null : checkText(name, value, form, expected);
    }

    private String checkText(String name, JsonNode value, Pattern form, String expected) {
        if (!value.isString() || !form.matcher(value.stringValue()).matches()) {
            throw wrong(name, expected, value);
        }
        return value.stringValue();
    }

    @Nullable List<String> textsOrNull(String name, Pattern form, String expected) {
        if (!object.has(name)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : array(name)) {
            String text = checkText(name + "[" + texts.size() + "]", element, form, expected);
            if (texts.contains(text)) {
                throw wrong(name, "names " + Quoted.of(text) + " twice.");
            }
            texts.add(text);
        }
        return texts;
    }

    @Nullable Integer numberOrNull(String name, int max) {
        JsonNode value = object.get(name);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < 1
                || value.intValue() > max) {
            throw wrong(name, "a whole number from 1 to " + max, value);
        }
        return value.intValue();
    }

    boolean flag(String name) {
        JsonNode value = object.get(name);
        if (value != null && !value.isBoolean()) {
            throw wrong(name, "true or false", value);
        }
        return value != null && value.booleanValue();
    }

    @Nullable JsonNode valueOrNull(String name) {
        return object.get(name);
    }

    @Nullable ManifestFields objectOrNull(String name, Set<String> known) {
        JsonNode value = object.get(name);
        return value == null ? null : object(name, value, known);
    }

    private ManifestFields object(String name, JsonNode value, Set<String> known) {
        if (!value.isObject()) {
            throw wrong(name, "an object", value);
        }
        return new ManifestFields(value, path + name + ".", known);
    }

    /** The objects of a list, each turned into a record. */
    <R> List<R> objects(
            String name,
            int max,
            Set<String> known,
            java.util.function.Function<ManifestFields, R> read) {
        List<R> records = new ArrayList<>();
        if (object.has(name)) {
            for (JsonNode element : array(name)) {
                records.add(read.apply(object(name + "[" + records.size() + "]", element, known)));
            }
            if (records.size() > max) {
                throw wrong(name, "has " + records.size() + " entries; " + max + " are the most.");
            }
        }
        return records;
    }

    /** The objects of a map from name to object, each turned into a record. */
    <R> List<R> named(
            String name,
            Pattern form,
            String expected,
            Set<String> known,
            BiFunction<String, ManifestFields, R> read) {
        JsonNode map = object.get(name);
        if (map == null) {
            return List.of();
        }
        if (!map.isObject() || map.size() > ImageBounds.MANIFEST_ENTRIES_MAX) {
            throw wrong(
                    name,
                    "an object of at most " + ImageBounds.MANIFEST_ENTRIES_MAX + " entries",
                    map);
        }
        Map<String, R> records = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (!form.matcher(entry.getKey()).matches()) {
                throw wrong(
                        name,
                        "has the key "
                                + Quoted.of(entry.getKey())
                                + "; a key must be "
                                + expected
                                + ".");
            }
            records.put(
                    entry.getKey(),
                    read.apply(
                            entry.getKey(),
                            object(name + "." + entry.getKey(), entry.getValue(), known)));
        }
        return List.copyOf(records.values());
    }

    private JsonNode array(String name) {
        JsonNode value = object.get(name);
        if (!value.isArray() || value.size() > ImageBounds.MANIFEST_ENTRIES_MAX) {
            throw wrong(
                    name,
                    "a list of at most " + ImageBounds.MANIFEST_ENTRIES_MAX + " entries",
                    value);
        }
        return value;
    }
}
