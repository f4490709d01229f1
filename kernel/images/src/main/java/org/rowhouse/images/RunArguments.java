package org.rowhouse.images;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Turns the words of a command line into the input record of the function that a manifest's {@code
 * run} names.
 */
final class RunArguments {
    private final RunDeclaration run;
    private final JsonMapper mapper;
    private final Map<String, RecordComponent> components = new LinkedHashMap<>();
    private final @Nullable JavaType input;

    RunArguments(RunDeclaration run, @Nullable Type input, JsonCodec codec) {
        this.run = run;
        this.mapper = codec.mapper();
        this.input = input == null ? null : mapper.constructType(input);
        if (this.input != null) {
            for (RecordComponent component : this.input.getRawClass().getRecordComponents()) {
                components.put(component.getName(), component);
            }
        }
    }

    /**
     * @throws RowhouseException INVALID_MANIFEST if the arguments cannot fill the record
     */
    void check() {
        List<String> missing = new ArrayList<>(components.keySet());
        for (String argument : run.arguments()) {
            if (!components.containsKey(argument)) {
                throw ManifestFields.refused(
                        "field 'run.arguments' names "
                                + Quoted.of(argument)
                                + ", but the input of "
                                + run.function()
                                + " has only: "
                                + Quoted.list(components.keySet())
                                + "."
                                + Quoted.didYouMean(argument, components.keySet()));
            }
            missing.remove(argument);
        }
        for (String name : missing) {
            if (!StrictJson.optional(component(name))) {
                throw ManifestFields.refused(
                        "field 'run.arguments' leaves out "
                                + Quoted.of(name)
                                + ", which the input of "
                                + run.function()
                                + " needs.");
            }
        }
    }

    /**
     * The input as JSON; whether it fits is for the function to say.
     *
     * @param folder what paths are relative to
     * @throws RowhouseException INVALID_ARGUMENT for too few or too many words
     */
    String json(String component, List<String> words, Path folder) {
        List<String> names = run.arguments();
        long needed = names.stream().filter(name -> !StrictJson.optional(component(name))).count();
        if (words.size() > names.size() || words.size() < needed) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    component
                            + " takes "
                            + usage()
                            + ", but "
                            + words.size()
                            + " arguments were given.");
        }
        ObjectNode fields = mapper.createObjectNode();
        for (int i = 0; i < words.size(); i++) {
            fields.set(names.get(i), value(words.get(i), type(component(names.get(i))), folder));
        }
        return fields.toString();
    }

    private String usage() {
        List<String> names = new ArrayList<>();
        for (String name : run.arguments()) {
            String shown = name.toUpperCase(java.util.Locale.ROOT);
            names.add(StrictJson.optional(component(name)) ? "[" + shown + "]" : shown);
        }
        return names.isEmpty() ? "no arguments" : "the arguments " + String.join(" ", names);
    }

    private RecordComponent component(String name) {
        RecordComponent component = components.get(name);
        if (component == null) {
            throw new IllegalStateException("checked when it was deployed: " + name);
        }
        return component;
    }

    private JavaType type(RecordComponent component) {
        if (input == null) {
            throw new IllegalStateException("checked when it was deployed: " + component);
        }
        JavaType type =
                mapper.getTypeFactory()
                        .resolveMemberType(component.getGenericType(), input.getBindings());
        return type.isReferenceType() ? type.getReferencedType() : type;
    }

    private JsonNode value(String word, JavaType type, Path folder) {
        Class<?> raw = type.getRawClass();
        if (raw == Path.class) {
            return StringNode.valueOf(absolute(word, folder));
        }
        if ((raw == boolean.class || raw == Boolean.class)
                && (word.equals("true") || word.equals("false"))) {
            return BooleanNode.valueOf(word.equals("true"));
        }
        boolean json = (type.isContainerType() && raw != byte[].class) || raw.isRecord();
        boolean number =
                (raw.isPrimitive() && raw != boolean.class && raw != char.class)
                        || Number.class.isAssignableFrom(raw);
        if (json || number) {
            return parsed(word, number);
        }
        return StringNode.valueOf(word);
    }

    /**
     * The word as JSON or number; if it is none, as text, which the function then refuses by the
     * field's name.
     */
    private JsonNode parsed(String word, boolean number) {
        try {
            return number ? DecimalNode.valueOf(new BigDecimal(word)) : mapper.readTree(word);
        } catch (NumberFormatException | JacksonException e) {
            return StringNode.valueOf(word);
        }
    }

    private static String absolute(String word, Path folder) {
        try {
            return folder.resolve(word).toAbsolutePath().normalize().toString();
        } catch (InvalidPathException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    Quoted.of(word) + " is not a path: " + e.getReason() + ".",
                    e);
        }
    }
}
