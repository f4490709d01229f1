package org.rowhouse.wire.codec;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.TaskId;

/** Makes shapes of types in Java. */
final class ClassShapes {
    private static final Map<Class<?>, Schema.Leaf> LEAVES =
            Map.ofEntries(
                    Map.entry(boolean.class, Schema.Leaf.BOOL),
                    Map.entry(Boolean.class, Schema.Leaf.BOOL),
                    Map.entry(byte.class, Schema.Leaf.I8),
                    Map.entry(Byte.class, Schema.Leaf.I8),
                    Map.entry(short.class, Schema.Leaf.I16),
                    Map.entry(Short.class, Schema.Leaf.I16),
                    Map.entry(int.class, Schema.Leaf.I32),
                    Map.entry(Integer.class, Schema.Leaf.I32),
                    Map.entry(long.class, Schema.Leaf.I64),
                    Map.entry(Long.class, Schema.Leaf.I64),
                    Map.entry(float.class, Schema.Leaf.F32),
                    Map.entry(Float.class, Schema.Leaf.F32),
                    Map.entry(double.class, Schema.Leaf.F64),
                    Map.entry(Double.class, Schema.Leaf.F64),
                    Map.entry(String.class, Schema.Leaf.STR),
                    Map.entry(byte[].class, Schema.Leaf.BYTES),
                    Map.entry(UUID.class, Schema.Leaf.UUID),
                    Map.entry(TaskId.class, Schema.Leaf.UUID),
                    Map.entry(Instant.class, Schema.Leaf.INSTANT),
                    Map.entry(Duration.class, Schema.Leaf.DURATION),
                    Map.entry(LocalDate.class, Schema.Leaf.DATE),
                    Map.entry(BigDecimal.class, Schema.Leaf.DECIMAL));

    private final Map<String, Shape> known = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    private ClassShapes() {}

    /** The shape of a type; {@code void} as well. */
    static Shape of(Type type) {
        if (type == void.class || type == Void.class) {
            return new Shape.Single(Schema.Leaf.VOID, Void.class);
        }
        return new ClassShapes().shape(new Typed(type, null), Map.of());
    }

    /** The shape of what a method gives. */
    static Shape ofResult(Method method) {
        if (method.getReturnType() == void.class) {
            return of(void.class);
        }
        Typed result = new Typed(method.getGenericReturnType(), method.getAnnotatedReturnType());
        return new ClassShapes().perhaps(result, method, Map.of());
    }

    /** The shape of some of a method's parameters, which are written like a record. */
    static Shape ofParameters(Method method, List<Parameter> parameters) {
        ClassShapes shapes = new ClassShapes();
        Shape.Parts parts =
                new Shape.Parts(shapes.fresh(method.getName()), ParametersMaker.INSTANCE);
        List<Shape.Part> made = new ArrayList<>();
        for (Parameter each : parameters) {
            Typed typed = new Typed(each.getParameterizedType(), each.getAnnotatedType());
            made.add(shapes.part(each.getName(), typed, each, Map.of()));
        }
        parts.parts = List.copyOf(made);
        return parts;
    }

    /** A type, with the annotations within it as far as they are known. */
    private record Typed(Type type, @Nullable AnnotatedType annotated) {
        Typed argument(int index) {
            Type argument = ((ParameterizedType) type).getActualTypeArguments()[index];
            return new Typed(
                    argument,
                    annotated instanceof AnnotatedParameterizedType outer
                            ? outer.getAnnotatedActualTypeArguments()[index]
                            : null);
        }
    }

    private Shape.Part part(
            String name, Typed typed, AnnotatedElement place, Map<Type, Typed> variables) {
        try {
            return new Shape.Part(Names.checked(name), perhaps(typed, place, variables));
        } catch (Trouble e) {
            throw e.within(name);
        }
    }

    private Shape perhaps(
            Typed typed, @Nullable AnnotatedElement place, Map<Type, Typed> variables) {
        Shape shape = shape(typed, variables);
        boolean absent = nullable(typed.annotated) || nullable(place);
        return absent && !(shape instanceof Shape.Absent) ? new Shape.Absent(shape, false) : shape;
    }

    private static boolean nullable(@Nullable AnnotatedElement place) {
        if (place == null) {
            return false;
        }
        for (Annotation each : place.getAnnotations()) {
            if (each.annotationType().getSimpleName().equals("Nullable")) {
                return true;
            }
        }
        return false;
    }

    private Shape shape(Typed typed, Map<Type, Typed> variables) {
        return switch (typed.type) {
            case Class<?> type -> shape(type, Map.of());
            case ParameterizedType generic -> generic(typed, generic, variables);
            case TypeVariable<?> variable when variables.containsKey(variable) ->
                    perhaps(variables.get(variable), null, Map.of());
            case WildcardType wild when wild.getLowerBounds().length == 0 ->
                    shape(new Typed(wild.getUpperBounds()[0], null), variables);
            default -> throw unsuited(typed.type);
        };
    }

    private Shape generic(Typed typed, ParameterizedType generic, Map<Type, Typed> variables) {
        Class<?> raw = (Class<?>) generic.getRawType();
        if (raw == List.class) {
            return new Shape.Items(perhaps(typed.argument(0), null, variables), List.class);
        }
        if (raw == Optional.class) {
            Shape item = shape(typed.argument(0), variables);
            if (item instanceof Shape.Absent) {
                throw unsuited(generic);
            }
            return new Shape.Absent(item, true);
        }
        if (raw == Map.class) {
            Shape key = shape(typed.argument(0), variables);
            if (!Shape.keys(Shape.schema(key))) {
                throw unsuited(generic);
            }
            return new Shape.Entries(key, perhaps(typed.argument(1), null, variables));
        }
        Map<Type, Typed> bound = new HashMap<>();
        TypeVariable<?>[] parameters = raw.getTypeParameters();
        for (int i = 0; i < parameters.length; i++) {
            Typed argument = typed.argument(i);
            bound.put(
                    parameters[i],
                    argument.type instanceof TypeVariable<?> && variables.containsKey(argument.type)
                            ? variables.get(argument.type)
                            : argument);
        }
        return shape(raw, bound);
    }

    private Shape shape(Class<?> type, Map<Type, Typed> variables) {
        Schema.Leaf leaf = LEAVES.get(type);
        if (leaf != null) {
            return new Shape.Single(leaf, type);
        }
        if (type.isArray() && type.getComponentType().isPrimitive()) {
            Class<?> item = type.getComponentType();
            Schema.Leaf each = LEAVES.get(item);
            if (each != null) {
                return new Shape.Items(new Shape.Single(each, item), type);
            }
        }
        String key = type.getName() + keyed(variables);
        Shape before = known.get(key);
        if (before != null) {
            return before;
        }
        if (type.isRecord()) {
            return record(key, type, variables);
        }
        if (type.isEnum()) {
            return constants(key, type);
        }
        if (type.isSealed() && type.isInterface()) {
            return union(key, type);
        }
        throw unsuited(type);
    }

    private static String keyed(Map<Type, Typed> variables) {
        StringBuilder key = new StringBuilder();
        variables.forEach((variable, typed) -> {
            Object bound = typed.annotated == null ? typed.type : typed.annotated;
            key.append(' ').append(variable).append('=').append(bound);
        });
        return key.toString();
    }

    private Shape.Parts record(String key, Class<?> type, Map<Type, Typed> variables) {
        Shape.Parts parts = new Shape.Parts(fresh(type.getSimpleName()), new RecordMaker(type));
        known.put(key, parts);
        if (type.getRecordComponents().length > CodecBounds.FIELDS_MAX) {
            throw new Trouble(
                    ErrorCode.TOO_LARGE,
                    type.getSimpleName()
                            + " has more than "
                            + CodecBounds.FIELDS_MAX
                            + " fields; divide it");
        }
        List<Shape.Part> made = new ArrayList<>();
        for (RecordComponent each : type.getRecordComponents()) {
            Typed typed = new Typed(each.getGenericType(), each.getAnnotatedType());
            made.add(part(each.getName(), typed, each.getAccessor(), variables));
        }
        parts.parts = List.copyOf(made);
        return parts;
    }

    private Shape constants(String key, Class<?> type) {
        List<Object> constants = Arrays.asList(type.getEnumConstants());
        List<String> called = new ArrayList<>();
        for (Object each : constants) {
            called.add(Names.checked(((Enum<?>) each).name()));
        }
        if (called.isEmpty() || called.size() > CodecBounds.CHOICES_MAX) {
            throw unsuited(type);
        }
        Shape made = new Shape.Choices(fresh(type.getSimpleName()), called, constants);
        known.put(key, made);
        return made;
    }

    private Shape union(String key, Class<?> type) {
        List<Class<?>> classes = new ArrayList<>();
        flatten(type, classes);
        Shape.OneOf union = new Shape.OneOf(fresh(type.getSimpleName()), new ClassChooser(classes));
        known.put(key, union);
        List<Shape.Parts> alternatives = new ArrayList<>();
        for (Class<?> each : classes) {
            if (!each.isRecord() || each.getTypeParameters().length > 0) {
                throw unsuited(each);
            }
            Shape.Parts parts = (Shape.Parts) shape(each, Map.of());
            if (!parts.name.equals(each.getSimpleName())) {
                throw new Trouble(
                        ErrorCode.INVALID_COMPONENT,
                        "two types are called "
                                + each.getSimpleName()
                                + ", and alternatives are known by their names; rename one");
            }
            alternatives.add(parts);
        }
        union.alternatives = List.copyOf(alternatives);
        return union;
    }

    private static void flatten(Class<?> type, List<Class<?>> classes) {
        for (Class<?> each : type.getPermittedSubclasses()) {
            if (each.isSealed() && each.isInterface()) {
                flatten(each, classes);
            } else if (!classes.contains(each)) {
                classes.add(each);
            }
        }
        if (classes.size() > CodecBounds.CHOICES_MAX) {
            throw unsuited(type);
        }
    }

    /** A name for a definition: with a number if the simple name is taken by another class. */
    private String fresh(String simple) {
        if (names.size() == CodecBounds.DEFINITIONS_MAX) {
            throw new Trouble(
                    ErrorCode.TOO_LARGE,
                    "more than " + CodecBounds.DEFINITIONS_MAX + " types belong to it");
        }
        String name = Names.checked(simple);
        for (int i = 2; Schema.Leaf.of(name) != null || !names.add(name); i++) {
            name = simple + "_" + i;
        }
        return name;
    }

    private static Trouble unsuited(Type type) {
        return new Trouble(
                ErrorCode.INVALID_COMPONENT,
                type.getTypeName()
                        + " cannot be encoded; what can: numbers, booleans, String, byte[], UUID,"
                        + " TaskId, Instant, Duration, LocalDate, BigDecimal, enums, records of"
                        + " these, sealed interfaces of records, and List, Optional and Map of"
                        + " these (its keys texts, whole numbers, booleans, enums, UUIDs, dates or"
                        + " instants)");
    }
}
