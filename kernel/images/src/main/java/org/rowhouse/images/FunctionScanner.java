package org.rowhouse.images;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.Need;
import org.rowhouse.api.Needs;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Serves;
import org.rowhouse.api.StepOptions;
import org.rowhouse.api.Workflow;

/**
 * Finds the functions of classes and holds them to the rules: a public method of a public class
 * that has a public constructor without parameters; nothing or one record in, nothing or one record
 * out; one name, one function.
 */
final class FunctionScanner {
    static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,62}");
    static final String NAME_WORDS =
            "letters, digits, '_' and '-', a letter first, at most 63 characters";

    private final boolean ownProgram;
    private final Map<String, FunctionDefinition> found = new LinkedHashMap<>();

    /**
     * @param ownProgram the classes belong to the running program itself, so they need not be
     *     public
     */
    FunctionScanner(boolean ownProgram) {
        this.ownProgram = ownProgram;
    }

    /**
     * @throws RowhouseException INVALID_COMPONENT for the first rule that is broken
     */
    List<FunctionDefinition> scan(List<Class<?>> classes) {
        boolean consumes = false;
        for (Class<?> type : classes) {
            for (Method method : methods(type)) {
                consumes |= method.isAnnotationPresent(Consumes.class);
                if (method.isAnnotationPresent(Function.class)
                        || method.isAnnotationPresent(Workflow.class)) {
                    add(definition(method));
                }
            }
        }
        boolean serves = false;
        for (Class<?> type : classes) {
            if (type.isAnnotationPresent(Serves.class)) {
                serves = true;
                checkClass(type, ownProgram, type.getName() + " is marked @Serves, but ");
            }
        }
        if (found.isEmpty() && !serves && !consumes) {
            throw refused(
                    "The component has no function: mark a public method with @Function,"
                            + " @Workflow or @Consumes, or a class with @Serves.");
        }
        if (found.size() > ImageBounds.FUNCTIONS_MAX) {
            throw refused(
                    "The component has "
                            + found.size()
                            + " functions; "
                            + ImageBounds.FUNCTIONS_MAX
                            + " are the most.");
        }
        return List.copyOf(found.values());
    }

    /** The methods of a class that someone wrote, in an order that does not change. */
    static List<Method> methods(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> !method.isBridge())
                .sorted(Comparator.comparing(Method::getName).thenComparing(Method::toString))
                .toList();
    }

    private void add(FunctionDefinition definition) {
        FunctionDefinition other = found.putIfAbsent(definition.name(), definition);
        if (other != null) {
            throw refused(
                    "Two functions are called "
                            + Quoted.of(definition.name())
                            + ": "
                            + place(other.method())
                            + " and "
                            + place(definition.method())
                            + ". Give one of them another name in its annotation.");
        }
    }

    private FunctionDefinition definition(Method method) {
        checkClass(method.getDeclaringClass(), ownProgram, marked(method));
        if (!ownProgram && !Modifier.isPublic(method.getModifiers())) {
            throw broken(method, "is not public: make it public");
        }
        if (Modifier.isStatic(method.getModifiers())) {
            throw broken(method, "is static: make it an instance method");
        }
        Type input = method.getParameterCount() == 0 ? null : method.getGenericParameterTypes()[0];
        if (method.getParameterCount() > 1 || (input != null && !isRecord(input))) {
            throw broken(
                    method,
                    "takes ("
                            + types(method.getGenericParameterTypes())
                            + "): a function takes nothing or one record");
        }
        Type output = method.getReturnType() == void.class ? null : method.getGenericReturnType();
        if (output != null && !isRecord(output)) {
            throw broken(
                    method,
                    "returns "
                            + output.getTypeName()
                            + ": a function returns nothing or one record");
        }
        Function function = method.getAnnotation(Function.class);
        Workflow workflow = method.getAnnotation(Workflow.class);
        if (function != null && workflow != null) {
            throw broken(method, "a function is one or the other: keep one of the two annotations");
        }
        return function != null
                ? function(method, function, input, output)
                : workflow(method, workflow, input, output);
    }

    private FunctionDefinition function(
            Method method, Function function, @Nullable Type input, @Nullable Type output) {
        if (function.attempts() < 1 || function.attempts() > StepOptions.ATTEMPTS_MAX) {
            throw broken(
                    method,
                    "has attempts = "
                            + function.attempts()
                            + ": give 1 to "
                            + StepOptions.ATTEMPTS_MAX);
        }
        return new FunctionDefinition(
                name(method, function.value()),
                false,
                function.attempts(),
                duration(method, "backOff", function.backOff()),
                timeout(method, function.timeout()),
                need(method),
                method,
                input,
                output);
    }

    private FunctionDefinition workflow(
            Method method, Workflow workflow, @Nullable Type input, @Nullable Type output) {
        return new FunctionDefinition(
                name(method, workflow.value()),
                true,
                1,
                Duration.ZERO,
                timeout(method, workflow.timeout()),
                need(method),
                method,
                input,
                output);
    }

    /**
     * @param subject how the sentence of a refusal begins
     */
    static void checkClass(Class<?> type, boolean ownProgram, String subject) {
        if (ownProgram) {
            return; // an instance is there already
        }
        if (!isPublic(type)) {
            throw refused(
                    subject + "its class is not public: make " + type.getSimpleName() + " public.");
        }
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            throw refused(
                    subject
                            + "its class cannot be instantiated: "
                            + type.getSimpleName()
                            + " must be a class that is not abstract.");
        }
        for (Constructor<?> constructor : type.getConstructors()) {
            if (constructor.getParameterCount() == 0) {
                return;
            }
        }
        throw refused(
                subject
                        + "its class cannot be instantiated: give "
                        + type.getSimpleName()
                        + (type.isMemberClass() && !Modifier.isStatic(type.getModifiers())
                                ? " the modifier static and a public constructor without parameters"
                                : " a public constructor without parameters")
                        + ".");
    }

    private static boolean isPublic(Class<?> type) {
        Class<?> outer = type.getDeclaringClass();
        return Modifier.isPublic(type.getModifiers()) && (outer == null || isPublic(outer));
    }

    private static String name(Method method, String given) {
        String name = given.isEmpty() ? method.getName() : given;
        if (!NAME.matcher(name).matches()) {
            throw broken(
                    method,
                    "has the name " + Quoted.of(name) + ": a function's name is " + NAME_WORDS);
        }
        return name;
    }

    private static @Nullable Duration timeout(Method method, String text) {
        if (text.isEmpty()) {
            return null;
        }
        Duration timeout = duration(method, "timeout", text);
        if (timeout.isZero()) {
            throw broken(method, "has a timeout of 0: leave it out for no limit");
        }
        return timeout;
    }

    private static Need need(Method method) {
        Needs needs = method.getAnnotation(Needs.class);
        if (needs == null) {
            return Need.NOTHING;
        }
        try {
            return new Need(
                    milli(method, "cores", needs.cores(), Need.CORES_MILLI_MAX),
                    needs.memoryMib(),
                    needs.devices(),
                    milli(method, "share", needs.share(), Need.WHOLE),
                    needs.deviceClass(),
                    List.of(needs.models()),
                    List.of(needs.labels()),
                    needs.tier().isEmpty() ? null : needs.tier(),
                    List.of(needs.reads()));
        } catch (RowhouseException e) {
            throw broken(method, "its @Needs cannot be met: " + e.getMessage());
        }
    }

    /** A fraction in thousandths, rounded up, so that a little of something is not nothing. */
    private static int milli(Method method, String field, double value, int most) {
        if (!(value >= 0 && value * 1000 <= most)) {
            throw broken(
                    method,
                    "its @Needs has " + field + " = " + value + ": give 0 to " + most / 1000.0);
        }
        return (int) Math.ceil(value * 1000);
    }

    private static Duration duration(Method method, String field, String text) {
        return Durations.tryParse(text)
                .orElseThrow(() ->
                        broken(
                                method,
                                "has "
                                        + field
                                        + " = "
                                        + Quoted.of(text)
                                        + ": "
                                        + Durations.FORM_WORDS));
    }

    static boolean isRecord(Type type) {
        return switch (type) {
            case Class<?> plain -> plain.isRecord();
            case ParameterizedType generic -> isRecord(generic.getRawType());
            default -> false;
        };
    }

    private static String types(Type[] types) {
        List<String> names = new ArrayList<>();
        for (Type type : types) {
            names.add(type.getTypeName());
        }
        return String.join(", ", names);
    }

    static String place(Method method) {
        return method.getDeclaringClass().getName() + "." + method.getName();
    }

    private static RowhouseException broken(Method method, String rule) {
        return refused(marked(method) + rule + ".");
    }

    private static String marked(Method method) {
        String annotation =
                method.isAnnotationPresent(Workflow.class)
                        ? method.isAnnotationPresent(Function.class)
                                ? "@Function and @Workflow"
                                : "@Workflow"
                        : "@Function";
        return place(method) + " is marked " + annotation + ", but ";
    }

    static RowhouseException refused(String message) {
        return new RowhouseException(ErrorCode.INVALID_COMPONENT, message);
    }
}
