package org.rowhouse.node;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The OpenAPI 3.1 description of the routes, made from the routes themselves. */
final class OpenApi {
    private static final Pattern VARIABLE = Pattern.compile("\\{([a-z_]+)}");

    private OpenApi() {}

    /** The description as a tree of maps and lists, ready to be written as JSON. */
    static Map<String, Object> describe(List<Route> routes, String version) {
        Map<String, Map<String, Object>> paths = new TreeMap<>();
        for (Route route : routes) {
            paths.computeIfAbsent(route.path(), path -> new LinkedHashMap<>())
                    .put(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put(
                "info",
                Map.of(
                        "title",
                        "Rowhouse",
                        "version",
                        version,
                        "description",
                        "Tasks, queues, schedules, components and nodes. Fields are named as the"
                            + " columns of the tables. Errors are problem details (RFC 9457)."));
        document.put("security", List.of(Map.of("token", List.of())));
        document.put("paths", paths);
        document.put(
                "components",
                Map.of(
                        "securitySchemes",
                                Map.of(
                                        "token",
                                        Map.of(
                                                "type",
                                                "http",
                                                "scheme",
                                                "bearer",
                                                "description",
                                                "The text in the file token of the node's home,"
                                                        + " or the secret of a session.")),
                        "schemas", Map.of("Problem", schema(Problem.class))));
        return document;
    }

    private static Map<String, Object> operation(Route route) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("operationId", route.name());
        operation.put("summary", route.summary());
        operation.put("x-role", route.least().sqlName());
        if (route.open()) {
            operation.put("security", List.of());
        }
        List<Object> parameters = new ArrayList<>();
        for (Matcher variable = VARIABLE.matcher(route.path()); variable.find(); ) {
            parameters.add(
                    parameter(variable.group(1), "path", true, Map.of("type", "string"), null));
        }
        for (Parameter one : route.query()) {
            parameters.add(
                    parameter(
                            one.name(), "query", false, Map.of("type", one.type()), one.meaning()));
        }
        if (!parameters.isEmpty()) {
            operation.put("parameters", parameters);
        }
        if (route.body() != null) {
            operation.put("requestBody", Map.of("content", json(schema(route.body()))));
        }
        Map<String, Object> responses = new LinkedHashMap<>();
        responses.put("2XX", Map.of("description", route.answer()));
        responses.put(
                "default",
                Map.of(
                        "description",
                        "What went wrong.",
                        "content",
                        Map.of(
                                Problem.MEDIA_TYPE,
                                Map.of("schema", Map.of("$ref", "#/components/schemas/Problem")))));
        operation.put("responses", responses);
        return operation;
    }

    private static Map<String, Object> parameter(
            String name,
            String in,
            boolean required,
            Map<String, Object> schema,
            @Nullable String meaning) {
        Map<String, Object> parameter = new LinkedHashMap<>();
        parameter.put("name", name);
        parameter.put("in", in);
        parameter.put("required", required);
        parameter.put("schema", schema);
        if (meaning != null) {
            parameter.put("description", meaning);
        }
        return parameter;
    }

    private static Map<String, Object> json(Map<String, Object> schema) {
        return Map.of("application/json", Map.of("schema", schema));
    }

    /** A record as JSON Schema has it. */
    static Map<String, Object> schema(Class<?> record) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (RecordComponent component : record.getRecordComponents()) {
            JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
            String name = named == null ? snakeCase(component.getName()) : named.value();
            Map<String, Object> property = new LinkedHashMap<>(type(component.getGenericType()));
            Described described = component.getAnnotation(Described.class);
            if (described != null) {
                property.put("description", described.value());
            }
            properties.put(name, property);
            if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                required.add(name);
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("additionalProperties", false);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        return schema;
    }

    private static Map<String, Object> type(Type type) {
        if (type == String.class) {
            return Map.of("type", "string");
        }
        if (type == Integer.class || type == int.class || type == Long.class) {
            return Map.of("type", "integer");
        }
        if (type == Double.class) {
            return Map.of("type", "number");
        }
        if (type == Boolean.class) {
            return Map.of("type", "boolean");
        }
        if (type == JsonNode.class) {
            return Map.of();
        }
        if (type instanceof Class<?> one && one.isRecord()) {
            return schema(one);
        }
        if (type instanceof java.lang.reflect.ParameterizedType list
                && list.getRawType() == List.class) {
            return Map.of("type", "array", "items", type(list.getActualTypeArguments()[0]));
        }
        throw new IllegalStateException("no schema for " + type);
    }

    static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
