package org.rowhouse.images;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * What a record looks like as JSON, for people and queries: {@code {"from": "text", "amount": "a
 * whole number", "note?": "text"}}. A list is shown as a list of its one element's type, a map as
 * an object with the one field {@code *}, a record within itself by its name.
 */
final class FunctionSchema {
    private final JsonMapper mapper;
    private final Deque<Class<?>> outer = new ArrayDeque<>();

    private FunctionSchema(JsonMapper mapper) {
        this.mapper = mapper;
    }

    /** The schema as JSON; null for no type. */
    static @Nullable String of(@Nullable Type type, JsonCodec codec) {
        return type == null
                ? null
                : new FunctionSchema(codec.mapper())
                        .schema(codec.mapper().constructType(type))
                        .toString();
    }

    private JsonNode schema(JavaType type) {
        Class<?> raw = type.getRawClass();
        if (type.isReferenceType()) {
            return schema(type.getReferencedType());
        }
        if (raw.isRecord()) {
            return outer.contains(raw)
                    ? StringNode.valueOf(raw.getSimpleName())
                    : recordSchema(type);
        }
        if (raw != byte[].class && (type.isCollectionLikeType() || type.isArrayType())) {
            ArrayNode list = mapper.createArrayNode();
            return list.add(schema(type.getContentType()));
        }
        if (type.isMapLikeType()) {
            ObjectNode map = mapper.createObjectNode();
            return map.set("*", schema(type.getContentType()));
        }
        return StringNode.valueOf(InputTrouble.words(type));
    }

    private ObjectNode recordSchema(JavaType type) {
        outer.push(type.getRawClass());
        ObjectNode fields = mapper.createObjectNode();
        for (RecordComponent component : type.getRawClass().getRecordComponents()) {
            JavaType inner =
                    mapper.getTypeFactory()
                            .resolveMemberType(component.getGenericType(), type.getBindings());
            fields.set(
                    component.getName() + (StrictJson.optional(component) ? "?" : ""),
                    schema(inner));
        }
        outer.pop();
        return fields;
    }
}
