package org.rowhouse.wire.codec;

import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.TaskId;

/**
 * Makes what reads values of a writer's schema into a reader's shape. Fields are matched by their
 * names: one side may have more of them than the other. If both have fields that the other lacks,
 * one was renamed, and the plan is refused.
 */
final class Decodings {
    private final IdentityHashMap<Schema, IdentityHashMap<Shape, Decoding>> known =
            new IdentityHashMap<>();
    private final Skips skips = new Skips();

    private final boolean compiled;

    private Decodings(boolean compiled) {
        this.compiled = compiled;
    }

    static Decoding of(Schema written, Shape wanted) {
        return new Decodings(true).plan(written, wanted);
    }

    /** The same by reflection alone: simple, slow, and so the judge of the other. */
    static Decoding reflecting(Schema written, Shape wanted) {
        return new Decodings(false).plan(written, wanted);
    }

    private Decoding plan(Schema written, Shape wanted) {
        if (written instanceof Schema.Maybe maybe) {
            return wanted instanceof Shape.Absent absent
                    ? absent(plan(maybe.item(), absent.item()), absent.optional())
                    : needed(plan(maybe.item(), wanted));
        }
        if (wanted instanceof Shape.Absent absent) {
            Decoding item = plan(written, absent.item());
            return absent.optional() ? input -> Optional.ofNullable(item.read(input)) : item;
        }
        IdentityHashMap<Shape, Decoding> plans = known.get(written);
        Decoding before = plans == null ? null : plans.get(wanted);
        return before == null ? fresh(written, wanted) : before;
    }

    private Decoding fresh(Schema written, Shape wanted) {
        return switch (written) {
            case Schema.Leaf leaf when wanted instanceof Shape.Single single ->
                    single(leaf, single);
            case Schema.ListOf list when wanted instanceof Shape.Items items -> items(list, items);
            case Schema.MapOf map when wanted instanceof Shape.Entries entries ->
                    entries(map, entries);
            case Schema.Constants constants when wanted instanceof Shape.Choices choices ->
                    choices(constants, choices);
            case Schema.Fields fields when wanted instanceof Shape.Parts parts ->
                    new Fields(fields, parts).planned();
            case Schema.Alternatives alternatives when wanted instanceof Shape.OneOf union ->
                    union(alternatives, union);
            default -> throw mismatch(written, wanted);
        };
    }

    /** Known before its parts are planned, since it may hold itself. */
    private void keep(Schema written, Shape wanted, Decoding decoding) {
        known.computeIfAbsent(written, _ -> new IdentityHashMap<>()).put(wanted, decoding);
    }

    private static Trouble mismatch(Schema written, Shape wanted) {
        return Trouble.input(
                "it is written as "
                        + written.text()
                        + " and read as "
                        + Shape.schema(wanted).text()
                        + ", which do not fit");
    }

    private static Decoding absent(Decoding item, boolean optional) {
        return optional
                ? input -> input.bool() ? Optional.ofNullable(item.read(input)) : Optional.empty()
                : input -> input.bool() ? item.read(input) : null;
    }

    private static Decoding needed(Decoding item) {
        return input -> {
            if (!input.bool()) {
                throw Trouble.input("it is absent, and its reader needs it");
            }
            return item.read(input);
        };
    }

    private static Decoding single(Schema.Leaf written, Shape.Single wanted) {
        Schema.Leaf leaf = wanted.leaf();
        if (wanted.type() == TaskId.class && written == Schema.Leaf.UUID) {
            return input -> new TaskId(input.uuid());
        }
        if (written.whole() && leaf.whole()) {
            return leaf(leaf);
        }
        if (written == Schema.Leaf.F32 && leaf == Schema.Leaf.F64) {
            return input -> (double) input.f32();
        }
        if (written != leaf) {
            throw mismatch(written, wanted);
        }
        return leaf(leaf);
    }

    /** Reads a value without parts into its usual class. */
    static Decoding leaf(Schema.Leaf leaf) {
        return switch (leaf) {
            case VOID -> _ -> null;
            case BOOL -> Input::bool;
            case I8 -> Input::i8;
            case I16 -> Input::i16;
            case I32 -> Input::i32;
            case I64 -> Input::whole;
            case F32 -> Input::f32;
            case F64 -> Input::f64;
            case STR -> Input::str;
            case BYTES -> Input::bytes;
            case UUID -> Input::uuid;
            case INSTANT -> Input::instant;
            case DURATION -> Input::duration;
            case DATE -> Input::date;
            case DECIMAL -> Input::decimal;
        };
    }

    /** The bytes that a value takes at least; 1 or more, but for nothing. */
    static int least(Schema schema) {
        return schema instanceof Schema.Leaf leaf
                ? switch (leaf) {
                    case F32 -> Float.BYTES;
                    case F64 -> Double.BYTES;
                    case UUID -> 2 * Long.BYTES;
                    case INSTANT, DURATION, DECIMAL -> 2;
                    default -> 1;
                }
                : 1;
    }

    private Decoding items(Schema.ListOf list, Shape.Items items) {
        Decoding item = plan(list.item(), items.item());
        if (items.type() != List.class && list.item() instanceof Schema.Leaf leaf) {
            return PrimitiveArrays.decoding(items.type(), leaf);
        } else if (items.type() != List.class) {
            throw mismatch(list, items);
        }
        int least = least(list.item());
        return input -> {
            input.enter();
            int count = input.count(least);
            @Nullable Object[] all = new @Nullable Object[count];
            int at = 0;
            try {
                for (; at < count; at++) {
                    all[at] = item.read(input);
                }
            } catch (Trouble e) {
                throw e.within(at);
            }
            input.leave();
            return count == 0 ? List.of() : Collections.unmodifiableList(Arrays.asList(all));
        };
    }

    private Decoding entries(Schema.MapOf map, Shape.Entries entries) {
        Decoding key = plan(map.key(), entries.key());
        Decoding value = plan(map.value(), entries.value());
        int least = least(map.key()) + least(map.value());
        return input -> {
            input.enter();
            int count = input.count(least);
            Map<Object, @Nullable Object> all = LinkedHashMap.newLinkedHashMap(count);
            int at = 0;
            try {
                for (; at < count; at++) {
                    Object name = key.read(input);
                    Object item = value.read(input);
                    if (name == null || all.containsKey(name)) {
                        throw Trouble.input("a key comes twice");
                    }
                    all.put(name, item);
                }
            } catch (Trouble e) {
                throw e.within(at);
            }
            input.leave();
            return count == 0 ? Map.of() : Collections.unmodifiableMap(all);
        };
    }

    private static Decoding choices(Schema.Constants written, Shape.Choices wanted) {
        List<String> names = written.constants();
        @Nullable Object[] constants = new @Nullable Object[names.size()];
        for (int i = 0; i < constants.length; i++) {
            int at = wanted.names().indexOf(names.get(i));
            constants[i] = at < 0 ? null : wanted.constants().get(at);
        }
        return input -> {
            int choice = input.choice(constants.length);
            Object constant = constants[choice];
            if (constant == null) {
                throw Trouble.input(
                        "its reader knows no " + names.get(choice) + " of " + wanted.name());
            }
            return constant;
        };
    }

    private Decoding union(Schema.Alternatives written, Shape.OneOf wanted) {
        List<Schema.Fields> alternatives = written.alternatives();
        @Nullable Decoding[] each = new @Nullable Decoding[alternatives.size()];
        int[] choices = new int[each.length];
        Decoding union =
                input -> {
                    input.enter();
                    int choice = input.choice(each.length);
                    Decoding one = each[choice];
                    if (one == null) {
                        throw Trouble.input(
                                "its reader knows no "
                                        + alternatives.get(choice).name()
                                        + " of "
                                        + wanted.name);
                    }
                    Object inner = Objects.requireNonNull(one.read(input));
                    input.leave();
                    return wanted.chooser.outer(choices[choice], inner);
                };
        keep(written, wanted, union);
        for (int i = 0; i < each.length; i++) {
            for (int j = 0; j < wanted.alternatives.size(); j++) {
                Shape.Parts parts = wanted.alternatives.get(j);
                if (parts.name.equals(alternatives.get(i).name())) {
                    choices[i] = j;
                    each[i] = plan(alternatives.get(i), parts);
                }
            }
        }
        return union;
    }

    /** What a reader's field holds that the writer did not know. */
    static @Nullable Object empty(Shape shape) {
        return switch (shape) {
            case Shape.Absent absent -> absent.optional() ? Optional.empty() : null;
            case Shape.Items items ->
                    items.type() == List.class ? List.of() : PrimitiveArrays.empty(items.type());
            case Shape.Entries _ -> Map.of();
            case Shape.Single single ->
                    switch (single.leaf()) {
                        case BOOL -> false;
                        case I8 -> (byte) 0;
                        case I16 -> (short) 0;
                        case I32 -> 0;
                        case I64 -> 0L;
                        case F32 -> 0f;
                        case F64 -> 0d;
                        case STR -> "";
                        default -> null;
                    };
            case Shape.Choices _, Shape.Parts _, Shape.OneOf _ -> null;
        };
    }

    /** A plan for a record. */
    private final class Fields {
        private final Schema.Fields schema;
        private final List<Schema.Field> written;
        private final Shape.Parts wanted;
        private final @Nullable Object[] empty;

        /** The place of each written field in the reader's record; -1 for none. */
        private final int[] places;

        Fields(Schema.Fields schema, Shape.Parts wanted) {
            this.schema = schema;
            written = schema.fields();
            this.wanted = wanted;
            empty = new @Nullable Object[wanted.parts.size()];
            places = new int[written.size()];
            match();
        }

        private void match() {
            Map<String, Integer> missing = new LinkedHashMap<>();
            for (int i = 0; i < empty.length; i++) {
                missing.put(wanted.parts.get(i).name(), i);
                empty[i] = empty(wanted.parts.get(i).shape());
            }
            String unknown = null;
            for (int i = 0; i < places.length; i++) {
                Integer place = missing.remove(written.get(i).name());
                places[i] = place == null ? -1 : place;
                if (place == null && unknown == null) {
                    unknown = written.get(i).name();
                }
            }
            if (unknown != null && !missing.isEmpty()) {
                throw new Trouble(
                        ErrorCode.INVALID_INPUT,
                        "'"
                                + unknown
                                + "' was written and '"
                                + missing.keySet().iterator().next()
                                + "' is read: a field of "
                                + wanted.name
                                + " was renamed. Fields may be added on one side only");
            }
        }

        Decoding planned() {
            Decoding[] each = new Decoding[places.length];
            Decoding decoding = places.length == 0 ? this::nothing : reading(each);
            keep(schema, wanted, decoding);
            for (int i = 0; i < each.length; i++) {
                Schema field = written.get(i).schema();
                try {
                    each[i] =
                            places[i] < 0
                                    ? skips.of(field)
                                    : plan(field, wanted.parts.get(places[i]).shape());
                } catch (Trouble e) {
                    throw e.within(written.get(i).name());
                }
            }
            return decoding;
        }

        private Decoding reading(Decoding[] each) {
            return compiled && wanted.maker instanceof RecordMaker
                    ? RecordCode.decoding(schema, wanted, places, empty, each)
                    : input -> read(input, each);
        }

        private Object nothing(Input input) {
            input.zero();
            return wanted.maker.make(empty.clone());
        }

        private Object read(Input input, Decoding[] each) {
            input.enter();
            @Nullable Object[] parts = empty.clone();
            int at = 0;
            try {
                for (; at < each.length; at++) {
                    Object value = each[at].read(input);
                    if (places[at] >= 0) {
                        parts[places[at]] = value;
                    }
                }
            } catch (Trouble e) {
                throw e.within(written.get(at).name());
            }
            input.leave();
            return wanted.maker.make(parts);
        }
    }
}
