package org.rowhouse.wire.codec;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;

/** Records in Java, also private ones of a component. */
final class RecordMaker implements Shape.Maker {
    private final Class<?> type;
    private final MethodHandle constructor;
    private final MethodHandle[] accessors;

    RecordMaker(Class<?> type) {
        this.type = type;
        try {
            MethodHandles.Lookup lookup =
                    MethodHandles.privateLookupIn(type, MethodHandles.lookup());
            RecordComponent[] components = type.getRecordComponents();
            Class<?>[] types = new Class<?>[components.length];
            accessors = new MethodHandle[components.length];
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                accessors[i] =
                        lookup.unreflect(components[i].getAccessor())
                                .asType(MethodType.methodType(Object.class, Object.class));
            }
            constructor =
                    lookup.findConstructor(type, MethodType.methodType(void.class, types))
                            .asFixedArity()
                            .asSpreader(Object[].class, types.length)
                            .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new Trouble(
                    ErrorCode.INVALID_COMPONENT,
                    type.getName() + " is in a module that does not open its package");
        }
    }

    @Override
    public @Nullable Object part(Object value, int index) {
        try {
            return (Object) accessors[index].invokeExact(value);
        } catch (Throwable e) {
            throw refused(ErrorCode.INVALID_OUTPUT, e);
        }
    }

    @Override
    public Object make(@Nullable Object[] parts) {
        try {
            return (Object) constructor.invokeExact(parts);
        } catch (Throwable e) {
            throw refused(ErrorCode.INVALID_INPUT, e);
        }
    }

    private RuntimeException refused(ErrorCode code, Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return new Trouble(code, type.getSimpleName() + " refuses it: " + cause, cause);
    }
}
