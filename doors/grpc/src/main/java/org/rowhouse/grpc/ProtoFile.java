package org.rowhouse.grpc;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DurationProto;
import com.google.protobuf.EmptyProto;
import com.google.protobuf.TimestampProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.calls.OutsideOperation;
import org.rowhouse.wire.codec.Schema;

/**
 * Describes what one component serves as a {@code .proto} file would: its interfaces as services,
 * its records as messages. Nothing is generated or compiled; clients ask for it by reflection.
 *
 * <p>A field's number is its place in the record, from 1: fields that are added at a record's end
 * leave the numbers of the others alone. {@code docs/calls.md} has the table of types.
 */
final class ProtoFile {
    private static final String EMPTY = ".google.protobuf.Empty";
    private static final FileDescriptor[] IMPORTS = {
        EmptyProto.getDescriptor(), TimestampProto.getDescriptor(), DurationProto.getDescriptor()
    };

    private final String proto;
    private final FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder();
    private final Map<String, String> messages = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    private ProtoFile(String proto) {
        this.proto = proto;
    }

    /** The name of a component as a package. */
    static String packageOf(String component) {
        return component.replace('-', '_');
    }

    /**
     * Describes a component.
     *
     * @param operations all of it
     * @throws DescriptorValidationException if its names cannot stand in such a file
     */
    static FileDescriptor of(String component, List<OutsideOperation> operations)
            throws DescriptorValidationException {
        return new ProtoFile(packageOf(component)).describe(component, operations);
    }

    private FileDescriptor describe(String component, List<OutsideOperation> operations)
            throws DescriptorValidationException {
        file.setName("rowhouse/" + component + ".proto").setPackage(proto).setSyntax("proto3");
        for (FileDescriptor each : IMPORTS) {
            file.addDependency(each.getName());
        }
        Map<String, List<OutsideOperation>> services = services(operations);
        names.addAll(services.keySet());
        services.forEach((name, methods) -> {
            ServiceDescriptorProto.Builder service = file.addServiceBuilder().setName(name);
            methods.forEach(each -> service.addMethod(method(each)));
        });
        return FileDescriptor.buildFrom(file.build(), IMPORTS);
    }

    /** By the interfaces' simple names, or by their full ones where two have the same. */
    static Map<String, List<OutsideOperation>> services(List<OutsideOperation> operations) {
        Map<String, Set<String>> full = new HashMap<>();
        for (OutsideOperation each : operations) {
            full.computeIfAbsent(simple(each.interfaceName()), _ -> new HashSet<>())
                    .add(each.interfaceName());
        }
        Map<String, List<OutsideOperation>> services = new LinkedHashMap<>();
        for (OutsideOperation each : operations) {
            String simple = simple(each.interfaceName());
            boolean alone = full.getOrDefault(simple, Set.of()).size() == 1;
            String name = alone ? simple : each.interfaceName().replace('.', '_');
            services.computeIfAbsent(name, _ -> new ArrayList<>()).add(each);
        }
        return services;
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private MethodDescriptorProto method(OutsideOperation operation) {
        return MethodDescriptorProto.newBuilder()
                .setName(operation.method())
                .setInputType(input(operation))
                .setOutputType(whole(operation.reply()))
                .setClientStreaming(operation.incoming() != null)
                .setServerStreaming(operation.outgoing())
                .build();
    }

    /** A stream with a record in front is a stream of messages that have the one or the other. */
    private String input(OutsideOperation operation) {
        Schema items = operation.incoming();
        if (items == null) {
            return whole(operation.request());
        }
        if (operation.request() == Schema.Leaf.VOID) {
            return whole(items);
        }
        String name = operation.method();
        DescriptorProto.Builder message =
                DescriptorProto.newBuilder()
                        .setName(
                                fresh(
                                        name.substring(0, 1).toUpperCase(Locale.ROOT)
                                                + name.substring(1)
                                                + "Input"));
        message.addOneofDecl(OneofDescriptorProto.newBuilder().setName("part"));
        add(message, "request", 1, operation.request()).setOneofIndex(0);
        add(message, "item", 2, items).setOneofIndex(0);
        file.addMessageType(message);
        return typeName(message.getName());
    }

    /** A message by itself; what is none stands in one. */
    private String whole(Schema schema) {
        if (schema == Schema.Leaf.VOID) {
            return EMPTY;
        }
        return schema instanceof Schema.Named named && !(schema instanceof Schema.Constants)
                ? message(named)
                : wrapper(schema);
    }

    private String typeName(String name) {
        return "." + proto + "." + name;
    }

    private String fresh(String wanted) {
        String name = wanted;
        for (int i = 2; !names.add(name); i++) {
            name = wanted + "_" + i;
        }
        return name;
    }

    /** The message of a definition; equal definitions share one. */
    private String message(Schema.Named named) {
        String text = named.text();
        String known = messages.get(text);
        if (known != null) {
            return known;
        }
        DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(fresh(named.name()));
        messages.put(text, typeName(message.getName()));
        switch (named) {
            case Schema.Fields fields -> fields(message, fields);
            case Schema.Alternatives union -> alternatives(message, union);
            case Schema.Constants constants -> constants(message, constants);
        }
        file.addMessageType(message);
        return typeName(message.getName());
    }

    private void fields(DescriptorProto.Builder message, Schema.Fields fields) {
        int number = 1;
        for (Schema.Field field : fields.fields()) {
            add(message, field.name(), number++, field.schema());
        }
    }

    private void alternatives(DescriptorProto.Builder message, Schema.Alternatives union) {
        message.addOneofDecl(OneofDescriptorProto.newBuilder().setName("alternative"));
        int number = 1;
        for (Schema.Fields each : union.alternatives()) {
            add(message, each.name(), number++, each).setOneofIndex(0);
        }
    }

    /** Constants lie in a message of their own, since their names fill the scope around them. */
    private static void constants(DescriptorProto.Builder message, Schema.Constants constants) {
        EnumDescriptorProto.Builder values =
                message.addEnumTypeBuilder().setName(MessageTrees.ENUM);
        String none = "UNSPECIFIED";
        while (constants.constants().contains(none)) {
            none += "_";
        }
        values.addValue(EnumValueDescriptorProto.newBuilder().setName(none).setNumber(0));
        int number = 1;
        for (String each : constants.constants()) {
            values.addValue(
                    EnumValueDescriptorProto.newBuilder().setName(each).setNumber(number++));
        }
    }

    private FieldDescriptorProto.Builder add(
            DescriptorProto.Builder message, String name, int number, Schema schema) {
        FieldDescriptorProto.Builder field =
                message.addFieldBuilder()
                        .setName(name)
                        .setJsonName(name)
                        .setNumber(number)
                        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL);
        switch (schema) {
            case Schema.Maybe maybe -> {
                single(field, MessageTrees.wrapped(maybe.item()) ? maybe : maybe.item());
                if (field.getType() != FieldDescriptorProto.Type.TYPE_MESSAGE) {
                    optional(message, field);
                }
            }
            case Schema.ListOf list ->
                    single(field, list.item()).setLabel(FieldDescriptorProto.Label.LABEL_REPEATED);
            case Schema.MapOf map -> {
                field.setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)
                        .setType(FieldDescriptorProto.Type.TYPE_MESSAGE);
                field.setTypeName(entry(message, name, map));
            }
            default -> single(field, schema);
        }
        return field;
    }

    /** A scalar that may be absent lies in a oneof of its own: so proto3 has it. */
    private static void optional(
            DescriptorProto.Builder message, FieldDescriptorProto.Builder field) {
        field.setProto3Optional(true).setOneofIndex(message.getOneofDeclCount());
        message.addOneofDecl(OneofDescriptorProto.newBuilder().setName("_" + field.getName()));
    }

    private String entry(DescriptorProto.Builder message, String name, Schema.MapOf map) {
        StringBuilder camel = new StringBuilder();
        for (String word : name.split("_", -1)) {
            camel.append(word.isEmpty() ? "" : word.substring(0, 1).toUpperCase(Locale.ROOT));
            camel.append(word.isEmpty() ? "" : word.substring(1));
        }
        String entryName = camel + "Entry";
        DescriptorProto.Builder entry =
                DescriptorProto.newBuilder()
                        .setName(entryName)
                        .setOptions(MessageOptions.newBuilder().setMapEntry(true));
        key(
                entry.addFieldBuilder()
                        .setName("key")
                        .setNumber(1)
                        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL),
                map.key());
        single(
                entry.addFieldBuilder()
                        .setName("value")
                        .setNumber(2)
                        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL),
                map.value());
        message.addNestedType(entry);
        return typeName(message.getName()) + "." + entryName;
    }

    private static void key(FieldDescriptorProto.Builder field, Schema schema) {
        FieldDescriptorProto.Type type = schema instanceof Schema.Leaf leaf ? scalar(leaf) : null;
        field.setType(type == null ? FieldDescriptorProto.Type.TYPE_STRING : type);
    }

    /** The type of one value; what cannot be one lies in a message of its own. */
    private FieldDescriptorProto.Builder single(FieldDescriptorProto.Builder field, Schema schema) {
        if (MessageTrees.wrapped(schema)) {
            return field.setType(FieldDescriptorProto.Type.TYPE_MESSAGE)
                    .setTypeName(wrapper(schema));
        }
        return switch (schema) {
            case Schema.Leaf leaf -> leaf(field, leaf);
            case Schema.Constants constants ->
                    field.setType(FieldDescriptorProto.Type.TYPE_ENUM)
                            .setTypeName(message(constants) + "." + MessageTrees.ENUM);
            case Schema.Named named ->
                    field.setType(FieldDescriptorProto.Type.TYPE_MESSAGE)
                            .setTypeName(message(named));
            default -> throw new IllegalStateException("wrapped: " + schema);
        };
    }

    private static FieldDescriptorProto.Builder leaf(
            FieldDescriptorProto.Builder field, Schema.Leaf leaf) {
        FieldDescriptorProto.Type type = scalar(leaf);
        if (type != null) {
            return field.setType(type);
        }
        String name = leaf == Schema.Leaf.INSTANT ? "Timestamp" : "Duration";
        return field.setType(FieldDescriptorProto.Type.TYPE_MESSAGE)
                .setTypeName(".google.protobuf." + name);
    }

    /** Null for what has a message among the well-known ones. */
    private static FieldDescriptorProto.@Nullable Type scalar(Schema.Leaf leaf) {
        return switch (leaf) {
            case BOOL -> FieldDescriptorProto.Type.TYPE_BOOL;
            case I8, I16, I32 -> FieldDescriptorProto.Type.TYPE_INT32;
            case I64 -> FieldDescriptorProto.Type.TYPE_INT64;
            case F32 -> FieldDescriptorProto.Type.TYPE_FLOAT;
            case F64 -> FieldDescriptorProto.Type.TYPE_DOUBLE;
            case BYTES -> FieldDescriptorProto.Type.TYPE_BYTES;
            case STR, UUID, DATE, DECIMAL -> FieldDescriptorProto.Type.TYPE_STRING;
            case INSTANT, DURATION, VOID -> null;
        };
    }

    /** A message with the one field {@code value}. */
    private String wrapper(Schema schema) {
        String text = schema.text();
        String known = messages.get(text);
        if (known != null) {
            return known;
        }
        DescriptorProto.Builder message =
                DescriptorProto.newBuilder().setName(fresh(words(schema)));
        messages.put(text, typeName(message.getName()));
        add(message, "value", 1, schema);
        file.addMessageType(message);
        return typeName(message.getName());
    }

    private static String words(Schema schema) {
        return switch (schema) {
            case Schema.Maybe maybe -> "Optional" + words(maybe.item());
            case Schema.ListOf list -> "ListOf" + words(list.item());
            case Schema.MapOf map -> "MapOf" + words(map.value());
            case Schema.Named named -> named.name();
            case Schema.Leaf leaf ->
                    leaf.word().substring(0, 1).toUpperCase(Locale.ROOT) + leaf.word().substring(1);
        };
    }
}
