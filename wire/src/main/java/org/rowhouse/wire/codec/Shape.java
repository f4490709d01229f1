package org.rowhouse.wire.codec;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What values look like in memory: a schema, and how each part is taken apart and put together. */
sealed interface Shape {
    /**
     * A value without parts.
     *
     * @param type its class in Java; a primitive one if its record holds it so
     */
    record Single(Schema.Leaf leaf, Class<?> type) implements Shape {}

    /**
     * What may be absent.
     *
     * @param optional whether it is a {@code java.util.Optional}; otherwise null is what is absent
     */
    record Absent(Shape item, boolean optional) implements Shape {}

    /**
     * A list.
     *
     * @param type {@code List}, or the class of an array of primitives
     */
    record Items(Shape item, Class<?> type) implements Shape {}

    /** A map. */
    record Entries(Shape key, Shape value) implements Shape {}

    /**
     * An enum.
     *
     * @param names what each is called
     * @param constants what each is in memory, in the same order
     */
    record Choices(String name, List<String> names, List<Object> constants) implements Shape {}

    /** A part of a record. */
    record Part(String name, Shape shape) {}

    /** A record, or what is written like one. Compared by identity, since it may hold itself. */
    final class Parts implements Shape {
        final String name;
        final Maker maker;
        List<Part> parts = List.of();

        Parts(String name, Maker maker) {
            this.name = name;
            this.maker = maker;
        }
    }

    /** A union. Compared by identity, since it may hold itself. */
    final class OneOf implements Shape {
        final String name;
        final Chooser chooser;
        List<Parts> alternatives = List.of();

        OneOf(String name, Chooser chooser) {
            this.name = name;
            this.chooser = chooser;
        }
    }

    /** Takes records apart and puts them together. */
    interface Maker {
        /** The value of one part. */
        @Nullable Object part(Object value, int index);

        /** The record of these parts, in their order. */
        Object make(@Nullable Object[] parts);
    }

    /** Tells the alternatives of a union apart. */
    interface Chooser {
        /** Which alternative a value is: its position. */
        int choice(Object value);

        /** The record within. */
        Object inner(Object value);

        /** The value around an alternative's record. */
        Object outer(int choice, Object inner);
    }

    /** The schema of values of this shape. */
    static Schema schema(Shape shape) {
        return schema(shape, new IdentityHashMap<>());
    }

    private static Schema schema(Shape shape, IdentityHashMap<Shape, Schema> known) {
        Schema before = known.get(shape);
        if (before != null) {
            return before;
        }
        return switch (shape) {
            case Single single -> single.leaf();
            case Absent absent -> new Schema.Maybe(schema(absent.item(), known));
            case Items items -> new Schema.ListOf(schema(items.item(), known));
            case Entries entries ->
                    new Schema.MapOf(schema(entries.key(), known), schema(entries.value(), known));
            case Choices choices -> {
                Schema made = new Schema.Constants(choices.name(), choices.names());
                known.put(choices, made);
                yield made;
            }
            case Parts parts -> {
                Schema.Fields made = new Schema.Fields(parts.name);
                known.put(parts, made);
                List<Schema.Field> fields = new ArrayList<>();
                for (Part part : parts.parts) {
                    fields.add(new Schema.Field(part.name(), schema(part.shape(), known)));
                }
                made.fields(fields);
                yield made;
            }
            case OneOf union -> {
                Schema.Alternatives made = new Schema.Alternatives(union.name);
                known.put(union, made);
                List<Schema.Fields> fields = new ArrayList<>();
                for (Parts each : union.alternatives) {
                    fields.add((Schema.Fields) schema(each, known));
                }
                made.alternatives(fields);
                yield made;
            }
        };
    }

    /** Whether values of a schema may be keys of a map: those that compare at little cost. */
    static boolean keys(Schema schema) {
        return switch (schema) {
            case Schema.Constants _ -> true;
            case Schema.Leaf leaf ->
                    leaf.whole()
                            || switch (leaf) {
                                case BOOL, STR, UUID, DATE, INSTANT -> true;
                                default -> false;
                            };
            default -> false;
        };
    }
}
