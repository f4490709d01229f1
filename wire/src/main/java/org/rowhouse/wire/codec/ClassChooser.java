package org.rowhouse.wire.codec;

import java.util.List;

/** Tells the records of a sealed interface apart by their classes. */
final class ClassChooser implements Shape.Chooser {
    private final ClassValue<Integer> choices;

    ClassChooser(List<Class<?>> classes) {
        List<Class<?>> known = List.copyOf(classes);
        choices =
                new ClassValue<>() {
                    @Override
                    protected Integer computeValue(Class<?> type) {
                        return known.indexOf(type);
                    }
                };
    }

    @Override
    public int choice(Object value) {
        return choices.get(value.getClass());
    }

    @Override
    public Object inner(Object value) {
        return value;
    }

    @Override
    public Object outer(int choice, Object inner) {
        return inner;
    }
}
