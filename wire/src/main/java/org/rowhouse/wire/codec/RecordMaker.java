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
                accessors[i] = lookup.unreflect(components[i].getAccessor());
            }
            constructor =
                    lookup.findConstructor(type, MethodType.methodType(void.class, types))
                            .asFixedArity();
        } catch (ReflectiveOperationException e) {
            throw new Trouble(
                    ErrorCode.INVALID_COMPONENT,
                    type.getName() + " is in a module that does not open its package");
        }
    }

    /** Gives a component of a record. */
    MethodHandle accessor(int index) {
        return accessors[index];
    }

    /** Makes a record of its components. */
    MethodHandle constructor() {
        return constructor;
    }

    @Override
    public @Nullable Object part(Object value, int index) {
        try {
            return accessors[index].invoke(value);
        } catch (Throwable e) {
            throw unwritten(e);
        }
    }

    @Override
    public Object make(@Nullable Object[] parts) {
        try {
            return constructor.invokeWithArguments(parts);
        } catch (Throwable e) {
            throw unmade(e);
        }
    }

    /** What an accessor, or writing what it gave, threw. */
    Trouble unwritten(Throwable cause) {
        return refused(ErrorCode.INVALID_OUTPUT, cause);
    }

    /** What a constructor, or reading what it is given, threw. */
    Trouble unmade(Throwable cause) {
        return refused(ErrorCode.INVALID_INPUT, cause);
    }

    private Trouble refused(ErrorCode code, Throwable cause) {
        return switch (cause) {
            case Error error -> throw error;
            case Trouble trouble -> trouble;
            default -> new Trouble(code, type.getSimpleName() + " refuses it: " + cause, cause);
        };
    }
}
