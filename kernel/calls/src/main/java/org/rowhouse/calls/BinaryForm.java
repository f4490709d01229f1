package org.rowhouse.calls;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.codec.BinaryCodec;

/** The compact binary form of a type. */
final class BinaryForm implements Form {
    private final BinaryCodec<@Nullable Object> codec;

    BinaryForm(Type type) {
        this.codec = BinaryCodec.of(type);
    }

    @Override
    public String schema() {
        return codec.schema();
    }

    @Override
    public byte[] encode(@Nullable Object value) {
        return codec.encode(value);
    }

    @Override
    public @Nullable Object decode(byte[] bytes, String schema) {
        return codec.decoder(schema).decode(bytes);
    }
}
