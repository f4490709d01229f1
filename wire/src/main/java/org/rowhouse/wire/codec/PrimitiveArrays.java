package org.rowhouse.wire.codec;

import java.lang.reflect.Array;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Arrays of primitives: lists without a box around each item. */
final class PrimitiveArrays {
    private PrimitiveArrays() {}

    private interface Reads<A> {
        void read(Input input, A array, int index);
    }

    private interface Writes<A> {
        void write(Output output, A array, int index);
    }

    /** An empty array of a class. */
    static Object empty(Class<?> type) {
        return Array.newInstance(type.getComponentType(), 0);
    }

    /** Writes arrays of a class. */
    static Encoding encoding(Class<?> type) {
        Class<?> item = type.getComponentType();
        if (item == long.class) {
            return written(long[].class, (output, array, index) -> output.whole(array[index]));
        } else if (item == int.class) {
            return written(int[].class, (output, array, index) -> output.whole(array[index]));
        } else if (item == short.class) {
            return written(short[].class, (output, array, index) -> output.whole(array[index]));
        } else if (item == double.class) {
            return written(double[].class, (output, array, index) -> output.f64(array[index]));
        } else if (item == float.class) {
            return written(float[].class, (output, array, index) -> output.f32(array[index]));
        }
        return written(boolean[].class, (output, array, index) -> output.bool(array[index]));
    }

    private static <A> Encoding written(Class<A> type, Writes<A> writes) {
        return (output, value) -> {
            A array = type.cast(Objects.requireNonNull(value));
            int count = Array.getLength(array);
            output.unsigned(count);
            for (int i = 0; i < count; i++) {
                writes.write(output, array, i);
            }
        };
    }

    /**
     * Reads arrays of a class.
     *
     * @param written what each item was written as; it fits
     */
    static Decoding decoding(Class<?> type, Schema.Leaf written) {
        int least = Decodings.least(written);
        Class<?> item = type.getComponentType();
        if (item == long.class) {
            return read(least, long[]::new, (input, array, index) -> array[index] = input.whole());
        } else if (item == int.class) {
            return read(least, int[]::new, (input, array, index) -> array[index] = input.i32());
        } else if (item == short.class) {
            return read(least, short[]::new, (input, array, index) -> array[index] = input.i16());
        } else if (item == double.class && written == Schema.Leaf.F32) {
            return read(least, double[]::new, (input, array, index) -> array[index] = input.f32());
        } else if (item == double.class) {
            return read(least, double[]::new, (input, array, index) -> array[index] = input.f64());
        } else if (item == float.class) {
            return read(least, float[]::new, (input, array, index) -> array[index] = input.f32());
        }
        return read(least, boolean[]::new, (input, array, index) -> array[index] = input.bool());
    }

    private static <A> Decoding read(int least, IntFunction<A> made, Reads<A> reads) {
        return new Decoding() {
            @Override
            public @Nullable Object read(Input input) {
                int count = input.count(least);
                A array = made.apply(count);
                int at = 0;
                try {
                    for (; at < count; at++) {
                        reads.read(input, array, at);
                    }
                } catch (Trouble e) {
                    throw e.within(at);
                }
                return array;
            }
        };
    }
}
