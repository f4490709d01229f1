package org.rowhouse.wire.codec;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/** Makes what writes the values of shapes. */
final class Encodings {
    private final IdentityHashMap<Shape, Encoding> known = new IdentityHashMap<>();
    private final boolean compiled;

    private Encodings(boolean compiled) {
        this.compiled = compiled;
    }

    static Encoding of(Shape shape) {
        return new Encodings(true).present(shape);
    }

    /** The same by reflection alone: simple, slow, and so the judge of the other. */
    static Encoding reflecting(Shape shape) {
        return new Encodings(false).present(shape);
    }

    /** What refuses a null, unless it may be absent. */
    private Encoding present(Shape shape) {
        Encoding encoding = encoding(shape);
        if (shape instanceof Shape.Absent
                || (shape instanceof Shape.Single single
                        && (single.type().isPrimitive() || single.leaf() == Schema.Leaf.VOID))) {
            return encoding;
        }
        return (output, value) -> {
            if (value == null) {
                throw Trouble.absent();
            }
            encoding.write(output, value);
        };
    }

    private Encoding encoding(Shape shape) {
        Encoding before = known.get(shape);
        if (before != null) {
            return before;
        }
        return switch (shape) {
            case Shape.Single single -> single(single);
            case Shape.Absent absent -> absent(present(absent.item()), absent.optional());
            case Shape.Items items -> items(items);
            case Shape.Entries entries -> entries(entries);
            case Shape.Choices choices -> choices(choices);
            case Shape.Parts parts -> parts(parts);
            case Shape.OneOf union -> union(union);
        };
    }

    @SuppressWarnings("NullAway") // present() has refused nulls
    private static Encoding single(Shape.Single single) {
        if (single.type() == TaskId.class) {
            return (output, value) -> output.uuid(((TaskId) value).value());
        }
        return switch (single.leaf()) {
            case VOID -> (_, _) -> {};
            case BOOL -> (output, value) -> output.bool((Boolean) value);
            case I8 -> whole(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case I16 -> whole(Short.MIN_VALUE, Short.MAX_VALUE);
            case I32 -> whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case I64 -> (output, value) -> output.whole(((Number) value).longValue());
            case F32 -> (output, value) -> output.f32(((Number) value).floatValue());
            case F64 -> (output, value) -> output.f64(((Number) value).doubleValue());
            case STR -> (output, value) -> output.str((String) value);
            case BYTES -> (output, value) -> output.bytes((byte[]) value);
            case UUID -> (output, value) -> output.uuid((UUID) value);
            case INSTANT -> (output, value) -> output.instant((Instant) value);
            case DURATION -> (output, value) -> output.duration((Duration) value);
            case DATE -> (output, value) -> output.date((LocalDate) value);
            case DECIMAL -> (output, value) -> output.decimal((BigDecimal) value);
        };
    }

    @SuppressWarnings("NullAway") // present() has refused nulls
    private static Encoding whole(long smallest, long largest) {
        return (output, value) -> {
            long number = ((Number) value).longValue();
            if (number < smallest || number > largest) {
                throw Trouble.output("the number " + number + " is too large for its type");
            }
            output.whole(number);
        };
    }

    private static Encoding absent(Encoding item, boolean optional) {
        return (output, value) -> {
            Object inner = optional && value != null ? ((Optional<?>) value).orElse(null) : value;
            if (optional && value == null) {
                throw Trouble.output("an Optional is null");
            }
            output.bool(inner != null);
            if (inner != null) {
                item.write(output, inner);
            }
        };
    }

    @SuppressWarnings("NullAway") // present() has refused nulls
    private Encoding items(Shape.Items items) {
        if (items.type() != List.class) {
            return PrimitiveArrays.encoding(items.type());
        }
        Encoding item = present(items.item());
        return (output, value) -> {
            List<?> list = (List<?>) value;
            output.enter();
            output.unsigned(list.size());
            int index = 0;
            try {
                for (Object each : list) {
                    item.write(output, each);
                    index++;
                }
            } catch (Trouble e) {
                throw e.within(index);
            }
            output.leave();
        };
    }

    /** Entries in the order of their keys' bytes, so that equal maps give equal bytes. */
    @SuppressWarnings("NullAway") // present() has refused nulls
    private Encoding entries(Shape.Entries entries) {
        Encoding key = present(entries.key());
        Encoding item = present(entries.value());
        return (output, value) -> {
            Map<?, ?> map = (Map<?, ?>) value;
            output.enter();
            output.unsigned(map.size());
            List<SimpleImmutableEntry<byte[], @Nullable Object>> keys = new ArrayList<>(map.size());
            int index = 0;
            try {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    Output bytes = new Output(16);
                    key.write(bytes, entry.getKey());
                    keys.add(new SimpleImmutableEntry<>(bytes.toBytes(), entry.getValue()));
                    index++;
                }
                keys.sort((a, b) -> Arrays.compareUnsigned(a.getKey(), b.getKey()));
                index = 0;
                for (SimpleImmutableEntry<byte[], @Nullable Object> each : keys) {
                    output.raw(each.getKey());
                    item.write(output, each.getValue());
                    index++;
                }
            } catch (Trouble e) {
                throw e.within(index);
            }
            output.leave();
        };
    }

    @SuppressWarnings("NullAway") // present() has refused nulls
    private Encoding choices(Shape.Choices choices) {
        Map<Object, Integer> positions = new HashMap<>();
        for (int i = 0; i < choices.constants().size(); i++) {
            positions.put(choices.constants().get(i), i);
        }
        return (output, value) -> {
            Integer position = positions.get(value);
            if (position == null) {
                throw Trouble.output(value + " is no constant of " + choices.name());
            }
            output.unsigned(position);
        };
    }

    @SuppressWarnings("NullAway") // present() has refused nulls
    private Encoding parts(Shape.Parts parts) {
        int count = parts.parts.size();
        Encoding[] each = new Encoding[count];
        Encoding encoding;
        if (count == 0) {
            encoding = (output, _) -> output.bool(false);
        } else if (compiled && parts.maker instanceof RecordMaker maker) {
            encoding = RecordCode.encoding(parts, maker, each);
        } else {
            encoding = (output, value) -> write(output, value, parts, each);
        }
        known.put(parts, encoding);
        for (int i = 0; i < count; i++) {
            each[i] = present(parts.parts.get(i).shape());
        }
        return encoding;
    }

    private static void write(Output output, Object value, Shape.Parts parts, Encoding[] each) {
        output.enter();
        int index = 0;
        try {
            for (; index < each.length; index++) {
                each[index].write(output, parts.maker.part(value, index));
            }
        } catch (Trouble e) {
            throw e.within(parts.parts.get(index).name());
        }
        output.leave();
    }

    @SuppressWarnings("NullAway") // present() has refused nulls
    private Encoding union(Shape.OneOf union) {
        Encoding[] each = new Encoding[union.alternatives.size()];
        Encoding encoding =
                (output, value) -> {
                    int choice = union.chooser.choice(value);
                    if (choice < 0) {
                        throw Trouble.output(value + " is no alternative of " + union.name);
                    }
                    output.enter();
                    output.unsigned(choice);
                    each[choice].write(output, union.chooser.inner(value));
                    output.leave();
                };
        known.put(union, encoding);
        for (int i = 0; i < each.length; i++) {
            each[i] = encoding(union.alternatives.get(i));
        }
        return encoding;
    }
}
