package org.rowhouse.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.jdbc.PgArray;
import org.rowhouse.api.TaskId;

/**
 * How a record's components become SQL arrays, and a result row becomes a record: by name and type,
 * once per class.
 */
final class RecordShape {
    private final Class<? extends Record> type;
    private final Map<String, Part> parts = new HashMap<>();
    private final Part[] inOrder;
    private final MethodHandle constructor;
    private final @Nullable Part bucket;
    private final @Nullable Part key;

    RecordShape(Class<? extends Record> type) {
        this.type = type;
        RecordComponent[] components = type.getRecordComponents();
        inOrder = new Part[components.length];
        for (int i = 0; i < components.length; i++) {
            inOrder[i] = new Part(type, components[i]);
            parts.put(inOrder[i].sqlName, inOrder[i]);
        }
        bucket = parts.get("bucket");
        key = inOrder.length > 0 && inOrder[0].type == TaskId.class ? inOrder[0] : null;
        constructor = constructor(type, components);
    }

    private static MethodHandle constructor(
            Class<? extends Record> type, RecordComponent[] components) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, MethodType.methodType(void.class, types))
                    .asSpreader(Object[].class, types.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " has no usable constructor", e);
        }
    }

    /** All components but the bucket, in their order. */
    List<Part> parts() {
        return Arrays.stream(inOrder).filter(part -> !part.isBucket()).toList();
    }

    Part part(String sqlName) {
        Part part = parts.get(sqlName);
        if (part != null) {
            return part;
        }
        if (sqlName.equals("bucket") && key != null) {
            return new Part();
        }
        throw new IllegalArgumentException(
                type.getSimpleName() + " has no component for :" + sqlName);
    }

    int bucketOf(Record request) {
        if (bucket != null) {
            return (Integer) bucket.value(request);
        }
        TaskId id = keyOf(request);
        if (id == null) {
            throw new IllegalArgumentException(type.getSimpleName() + " names no bucket");
        }
        return id.bucket();
    }

    @Nullable TaskId keyOf(Record request) {
        return key == null ? null : (TaskId) key.value(request);
    }

    /** The record in the current row, its components from column {@code first} on. */
    Object read(ResultSet row, int first) throws SQLException {
        @Nullable Object[] values = new @Nullable Object[inOrder.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = inOrder[i].read(row, first + i);
        }
        try {
            return constructor.invokeExact(values);
        } catch (Throwable e) {
            throw new IllegalStateException(
                    "cannot make a " + type.getSimpleName() + " from a row", e);
        }
    }

    /** One component: its name in SQL, its type, how to get it. */
    static final class Part {
        private final String sqlName;
        private final Class<?> type;
        private final @Nullable MethodHandle getter;

        /** The bucket of a request that names it only by its task id. */
        private Part() {
            sqlName = "bucket";
            type = int.class;
            getter = null;
        }

        private Part(Class<?> owner, RecordComponent component) {
            sqlName = component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            type = component.getType();
            try {
                getter =
                        MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
                                .unreflect(component.getAccessor())
                                .asType(MethodType.methodType(Object.class, Object.class));
            } catch (IllegalAccessException e) {
                throw new IllegalArgumentException(owner + " cannot be read", e);
            }
        }

        String sqlName() {
            return sqlName;
        }

        boolean isBucket() {
            return sqlName.equals("bucket");
        }

        Object value(Record request) {
            MethodHandle getter = Objects.requireNonNull(this.getter, "not a component");
            try {
                return (Object) getter.invokeExact((Object) request);
            } catch (Throwable e) {
                throw new IllegalStateException("cannot read " + sqlName + " of " + request, e);
            }
        }

        /** The SQL type of one value. */
        String elementType() {
            if (type == TaskId.class || type == UUID.class) {
                return "uuid";
            } else if (type == String.class) {
                return "text";
            } else if (type == int.class || type == Integer.class) {
                return "int4";
            } else if (type == long.class || type == Long.class) {
                return "int8";
            } else if (type == boolean.class) {
                return "bool";
            } else if (type == Instant.class) {
                return "timestamptz";
            }
            throw new IllegalArgumentException("a request cannot have a " + type + ": " + sqlName);
        }

        /** Binds the value of one request. */
        void bind(PreparedStatement statement, int index, Record request) throws SQLException {
            Object value = value(request);
            switch (value) {
                case null -> statement.setNull(index, Types.OTHER, typeOfNull());
                case TaskId id -> statement.setObject(index, id.value());
                case Instant at -> statement.setObject(index, at.atOffset(ZoneOffset.UTC));
                default -> statement.setObject(index, value);
            }
        }

        /**
         * A null must have the type of other values: the server plans anew for a type it met not.
         */
        private String typeOfNull() {
            return type == String.class ? "varchar" : elementType();
        }

        /** The values of all requests. */
        Array array(Connection connection, List<? extends Record> requests) throws SQLException {
            int size = requests.size();
            Object[] values =
                    switch (elementType()) {
                        case "text" -> new String[size];
                        case "int4" -> new Integer[size];
                        case "int8" -> new Long[size];
                        case "bool" -> new Boolean[size];
                        case "uuid" -> new UUID[size];
                        default -> new Object[size];
                    };
            for (int i = 0; i < size; i++) {
                Object value = value(requests.get(i));
                values[i] = value instanceof TaskId id ? id.value() : value;
            }
            return values instanceof UUID[] ids
                    ? uuids(connection, ids)
                    : connection.createArrayOf(elementType(), values);
        }

        /**
         * The array as PostgreSQL sends it itself (array_send in arrayfuncs.c): the driver would
         * write uuids as text, which costs both sides more than the rest of the parameter.
         */
        private static Array uuids(Connection connection, @Nullable UUID[] ids)
                throws SQLException {
            ByteBuffer bytes = ByteBuffer.allocate(20 + ids.length * 20);
            bytes.putInt(1); // dimensions
            bytes.putInt(Arrays.asList(ids).contains(null) ? 1 : 0);
            bytes.putInt(Oid.UUID);
            bytes.putInt(ids.length);
            bytes.putInt(1); // the first index
            for (UUID id : ids) {
                if (id == null) {
                    bytes.putInt(-1);
                } else {
                    bytes.putInt(16);
                    bytes.putLong(id.getMostSignificantBits());
                    bytes.putLong(id.getLeastSignificantBits());
                }
            }
            return new PgArray(
                    connection.unwrap(BaseConnection.class),
                    Oid.UUID_ARRAY,
                    Arrays.copyOf(bytes.array(), bytes.position()));
        }

        @Nullable Object read(ResultSet row, int column) throws SQLException {
            Object value;
            if (type == TaskId.class) {
                UUID id = (UUID) row.getObject(column);
                return id == null ? null : new TaskId(id);
            } else if (type == UUID.class) {
                return row.getObject(column);
            } else if (type == String.class) {
                return row.getString(column);
            } else if (type == int.class || type == Integer.class) {
                value = row.getInt(column);
            } else if (type == long.class || type == Long.class) {
                value = row.getLong(column);
            } else if (type == boolean.class) {
                value = row.getBoolean(column);
            } else if (type == Instant.class) {
                OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
                return at == null ? null : at.withOffsetSameInstant(ZoneOffset.UTC).toInstant();
            } else {
                throw new IllegalArgumentException(
                        "an answer cannot have a " + type + ": " + sqlName);
            }
            return row.wasNull() && !type.isPrimitive() ? null : value;
        }
    }
}
