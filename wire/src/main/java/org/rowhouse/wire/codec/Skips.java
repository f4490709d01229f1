package org.rowhouse.wire.codec;

import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes what passes over values that the reader has no field for. They are checked all the same.
 */
final class Skips {
    private final IdentityHashMap<Schema, Decoding> known = new IdentityHashMap<>();

    Decoding of(Schema schema) {
        Decoding before = known.get(schema);
        if (before != null) {
            return before;
        }
        return switch (schema) {
            case Schema.Leaf leaf -> Decodings.leaf(leaf);
            case Schema.Maybe maybe -> {
                Decoding item = of(maybe.item());
                yield input -> input.bool() ? item.read(input) : null;
            }
            case Schema.ListOf list -> {
                Decoding item = of(list.item());
                int least = Decodings.least(list.item());
                yield input -> repeated(input, input.count(least), item, item, false);
            }
            case Schema.MapOf map -> {
                Decoding key = of(map.key());
                Decoding value = of(map.value());
                int least = Decodings.least(map.key()) + Decodings.least(map.value());
                yield input -> repeated(input, input.count(least), key, value, true);
            }
            case Schema.Constants constants -> {
                int count = constants.constants().size();
                yield input -> {
                    input.choice(count);
                    return null;
                };
            }
            case Schema.Fields fields -> fields(fields);
            case Schema.Alternatives union -> union(union);
        };
    }

    private static @Nullable Object repeated(
            Input input, int count, Decoding first, Decoding second, boolean both) {
        input.enter();
        for (int i = 0; i < count; i++) {
            first.read(input);
            if (both) {
                second.read(input);
            }
        }
        input.leave();
        return null;
    }

    private Decoding fields(Schema.Fields fields) {
        List<Schema.Field> all = fields.fields();
        Decoding[] each = new Decoding[all.size()];
        Decoding skip =
                input -> {
                    input.enter();
                    if (each.length == 0) {
                        input.zero();
                    }
                    for (Decoding one : each) {
                        one.read(input);
                    }
                    input.leave();
                    return null;
                };
        known.put(fields, skip);
        for (int i = 0; i < each.length; i++) {
            each[i] = of(all.get(i).schema());
        }
        return skip;
    }

    private Decoding union(Schema.Alternatives union) {
        Decoding[] each = new Decoding[union.alternatives().size()];
        Decoding skip =
                input -> {
                    input.enter();
                    each[input.choice(each.length)].read(input);
                    input.leave();
                    return null;
                };
        known.put(union, skip);
        for (int i = 0; i < each.length; i++) {
            each[i] = of(union.alternatives().get(i));
        }
        return skip;
    }
}
