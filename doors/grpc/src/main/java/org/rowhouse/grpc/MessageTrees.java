package org.rowhouse.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.codec.Chosen;
import org.rowhouse.wire.codec.CodecBounds;
import org.rowhouse.wire.codec.Schema;

/** Values between messages, as {@link ProtoFile} describes them, and trees of the codec. */
final class MessageTrees {
    /** The name of an enum within its message. */
    static final String ENUM = "Value";

    /** Characters of a value in an error. */
    private static final int SHOWN_LENGTH_MAX = 100;

    private MessageTrees() {}

    /** Whether a value must stand in a message of its own to be an item, or to be absent. */
    static boolean wrapped(Schema schema) {
        return schema instanceof Schema.Maybe
                || schema instanceof Schema.ListOf
                || schema instanceof Schema.MapOf;
    }

    /** The tree of a whole message. */
    static @Nullable Object tree(Schema schema, Message message) {
        return switch (schema) {
            case Schema.Leaf leaf when leaf == Schema.Leaf.VOID -> null;
            case Schema.Fields fields -> fields(fields, message);
            case Schema.Alternatives union -> chosen(union, message);
            default -> read(schema, message, first(message.getDescriptorForType()));
        };
    }

    private static FieldDescriptor first(Descriptor descriptor) {
        return Objects.requireNonNull(descriptor.findFieldByNumber(1));
    }

    private static Map<String, @Nullable Object> fields(Schema.Fields fields, Message message) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        int number = 1;
        for (Schema.Field each : fields.fields()) {
            FieldDescriptor field =
                    Objects.requireNonNull(
                            message.getDescriptorForType().findFieldByNumber(number++));
            tree.put(each.name(), read(each.schema(), message, field));
        }
        return tree;
    }

    private static @Nullable Chosen chosen(Schema.Alternatives union, Message message) {
        int number = 1;
        for (Schema.Fields each : union.alternatives()) {
            FieldDescriptor field =
                    Objects.requireNonNull(
                            message.getDescriptorForType().findFieldByNumber(number++));
            if (message.hasField(field)) {
                return new Chosen(each.name(), fields(each, (Message) message.getField(field)));
            }
        }
        return null;
    }

    private static @Nullable Object read(Schema schema, Message message, FieldDescriptor field) {
        return switch (schema) {
            case Schema.Maybe maybe when !message.hasField(field) -> null;
            case Schema.Maybe maybe ->
                    wrapped(maybe.item())
                            ? inner(maybe, message.getField(field))
                            : item(maybe.item(), message.getField(field));
            case Schema.ListOf list -> {
                List<@Nullable Object> items = new ArrayList<>();
                for (Object each : (List<?>) message.getField(field)) {
                    items.add(item(list.item(), each));
                }
                yield items;
            }
            case Schema.MapOf map -> map(map, (List<?>) message.getField(field));
            default ->
                    field.hasPresence() && !message.hasField(field)
                            ? null
                            : item(schema, message.getField(field));
        };
    }

    private static Map<Object, @Nullable Object> map(Schema.MapOf map, List<?> entries) {
        Map<Object, @Nullable Object> tree = new LinkedHashMap<>();
        for (Object each : entries) {
            Message entry = (Message) each;
            FieldDescriptor key = first(entry.getDescriptorForType());
            FieldDescriptor value =
                    Objects.requireNonNull(entry.getDescriptorForType().findFieldByNumber(2));
            tree.put(key(map.key(), entry.getField(key)), item(map.value(), entry.getField(value)));
        }
        return tree;
    }

    private static Object key(Schema schema, Object value) {
        return schema == Schema.Leaf.INSTANT
                ? parsed(() -> Instant.parse((String) value), value)
                : schema instanceof Schema.Leaf leaf ? leaf(leaf, value) : value;
    }

    /** One value; what cannot be one lies in a message of its own. */
    private static @Nullable Object item(Schema schema, Object value) {
        return switch (schema) {
            case Schema.Leaf leaf -> leaf(leaf, value);
            case Schema.Constants constants -> {
                int number = ((EnumValueDescriptor) value).getNumber();
                yield number < 1 || number > constants.constants().size()
                        ? null
                        : constants.constants().get(number - 1);
            }
            case Schema.Fields fields -> fields(fields, (Message) value);
            case Schema.Alternatives union -> chosen(union, (Message) value);
            default -> inner(schema, value);
        };
    }

    private static @Nullable Object inner(Schema schema, Object value) {
        Message wrapper = (Message) value;
        return read(schema, wrapper, first(wrapper.getDescriptorForType()));
    }

    private static Object leaf(Schema.Leaf leaf, Object value) {
        return switch (leaf) {
            case BYTES -> ((ByteString) value).toByteArray();
            case UUID -> parsed(() -> UUID.fromString((String) value), value);
            case DATE -> parsed(() -> LocalDate.parse((String) value), value);
            case DECIMAL -> parsed(() -> decimal((String) value), value);
            case INSTANT ->
                    parsed(() -> Instant.ofEpochSecond(seconds(value), nanos(value)), value);
            case DURATION -> parsed(() -> Duration.ofSeconds(seconds(value), nanos(value)), value);
            default -> value;
        };
    }

    private static BigDecimal decimal(String text) {
        if (text.length() > CodecBounds.DECIMAL_LENGTH_MAX) {
            throw new IllegalArgumentException("it has too many digits");
        }
        return new BigDecimal(text);
    }

    private static long seconds(Object value) {
        Message message = (Message) value;
        return (Long) message.getField(first(message.getDescriptorForType()));
    }

    private static int nanos(Object value) {
        Message message = (Message) value;
        return (Integer)
                message.getField(
                        Objects.requireNonNull(
                                message.getDescriptorForType().findFieldByNumber(2)));
    }

    private interface Parsing {
        Object parse();
    }

    private static Object parsed(Parsing parsing, Object value) {
        try {
            return parsing.parse();
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_INPUT,
                    "A value cannot be read, '" + shown(value) + "': " + e.getMessage() + ".",
                    e);
        }
    }

    private static String shown(Object value) {
        String text = String.valueOf(value).strip();
        return text.length() <= SHOWN_LENGTH_MAX ? text : text.substring(0, SHOWN_LENGTH_MAX);
    }

    // ---- the other way

    /** The message of a whole tree. */
    static DynamicMessage message(Schema schema, @Nullable Object tree, Descriptor descriptor) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(descriptor);
        switch (schema) {
            case Schema.Leaf leaf when leaf == Schema.Leaf.VOID -> {}
            case Schema.Fields fields ->
                    write(fields, (Map<?, ?>) Objects.requireNonNull(tree), message);
            case Schema.Alternatives union ->
                    write(union, (Chosen) Objects.requireNonNull(tree), message);
            default -> write(schema, tree, message, first(descriptor));
        }
        return message.build();
    }

    private static void write(
            Schema.Fields fields, Map<?, ?> tree, DynamicMessage.Builder message) {
        int number = 1;
        for (Schema.Field each : fields.fields()) {
            FieldDescriptor field =
                    Objects.requireNonNull(
                            message.getDescriptorForType().findFieldByNumber(number++));
            write(each.schema(), tree.get(each.name()), message, field);
        }
    }

    private static void write(
            Schema.Alternatives union, Chosen chosen, DynamicMessage.Builder message) {
        int number = 1;
        for (Schema.Fields each : union.alternatives()) {
            FieldDescriptor field =
                    Objects.requireNonNull(
                            message.getDescriptorForType().findFieldByNumber(number++));
            if (each.name().equals(chosen.alternative())) {
                message.setField(field, message(each, chosen.fields(), field.getMessageType()));
            }
        }
    }

    private static void write(
            Schema schema,
            @Nullable Object tree,
            DynamicMessage.Builder message,
            FieldDescriptor field) {
        if (tree == null) {
            return;
        }
        switch (schema) {
            case Schema.Maybe maybe ->
                    message.setField(
                            field,
                            wrapped(maybe.item())
                                    ? message(maybe.item(), tree, field.getMessageType())
                                    : value(maybe.item(), tree, field));
            case Schema.ListOf list -> {
                for (Object each : (List<?>) tree) {
                    message.addRepeatedField(field, value(list.item(), each, field));
                }
            }
            case Schema.MapOf map -> {
                Descriptor entry = field.getMessageType();
                FieldDescriptor key = first(entry);
                FieldDescriptor item = Objects.requireNonNull(entry.findFieldByNumber(2));
                ((Map<?, ?>) tree)
                        .forEach((name, each) ->
                                message.addRepeatedField(
                                        field,
                                        DynamicMessage.newBuilder(entry)
                                                .setField(key, keyValue(map.key(), name))
                                                .setField(item, value(map.value(), each, item))
                                                .build()));
            }
            default -> message.setField(field, value(schema, tree, field));
        }
    }

    private static Object keyValue(Schema schema, Object key) {
        return schema == Schema.Leaf.INSTANT || !(schema instanceof Schema.Leaf leaf)
                ? key.toString()
                : leafValue(leaf, key, null);
    }

    private static Object value(Schema schema, @Nullable Object tree, FieldDescriptor field) {
        if (wrapped(schema)) {
            DynamicMessage.Builder wrapper = DynamicMessage.newBuilder(field.getMessageType());
            write(schema, tree, wrapper, first(field.getMessageType()));
            return wrapper.build();
        }
        Object present = Objects.requireNonNull(tree);
        return switch (schema) {
            case Schema.Leaf leaf -> leafValue(leaf, present, field);
            case Schema.Constants constants ->
                    field.getEnumType()
                            .findValueByNumber(constants.constants().indexOf(present) + 1);
            default -> message(schema, present, field.getMessageType());
        };
    }

    private static Object leafValue(
            Schema.Leaf leaf, Object tree, @Nullable FieldDescriptor field) {
        return switch (leaf) {
            case I8, I16, I32 -> ((Number) tree).intValue();
            case I64 -> ((Number) tree).longValue();
            case BYTES -> ByteString.copyFrom((byte[]) tree);
            case UUID, DATE -> tree.toString();
            case DECIMAL -> tree.toString();
            case INSTANT -> {
                Instant at = (Instant) tree;
                yield time(at.getEpochSecond(), at.getNano(), field);
            }
            case DURATION -> {
                Duration length = (Duration) tree;
                yield time(length.getSeconds(), length.getNano(), field);
            }
            default -> tree;
        };
    }

    private static DynamicMessage time(long seconds, int nanos, @Nullable FieldDescriptor field) {
        Descriptor type = Objects.requireNonNull(field).getMessageType();
        boolean below = type.getName().equals("Duration") && seconds < 0 && nanos > 0;
        return DynamicMessage.newBuilder(type)
                .setField(first(type), below ? seconds + 1 : seconds)
                .setField(
                        Objects.requireNonNull(type.findFieldByNumber(2)),
                        below ? nanos - 1_000_000_000 : nanos)
                .build();
    }
}
