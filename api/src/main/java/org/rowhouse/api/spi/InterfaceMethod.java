package org.rowhouse.api.spi;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Idempotent;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Timeout;

/**
 * One operation of a served interface, as one class loader knows it.
 *
 * @param request the record it takes; null if it takes none
 * @param incoming the records of the stream that it takes; null if it takes none
 * @param reply the record it returns; null if it returns none
 * @param outgoing the records of the stream that it returns; null if it returns none
 * @param idempotent whether it may be done twice
 * @param timeout how long it may take; null if it does not say
 */
public record InterfaceMethod(
        Method method,
        @Nullable Type request,
        @Nullable Type incoming,
        @Nullable Type reply,
        @Nullable Type outgoing,
        boolean idempotent,
        @Nullable Duration timeout) {
    /** Operations of one interface; a bound of the tables that list them. */
    public static final int METHODS_MAX = 200;

    /** Length of an interface's full name: with component and method it names an operation. */
    public static final int NAME_LENGTH_MAX = 120;

    /** Length of a method's name. */
    public static final int METHOD_LENGTH_MAX = 60;

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");
    private static final Duration LONGEST = Duration.ofHours(24);

    /** The interface's name, the same for both sides. */
    public static String nameOf(Class<?> type) {
        return type.getName().replace('$', '.');
    }

    /** {@code interface/method}, the operation's name. */
    public String operation() {
        return nameOf(method.getDeclaringClass()) + "/" + method.getName();
    }

    /** Whether items flow, in either direction. */
    public boolean streams() {
        return incoming != null || outgoing != null;
    }

    /**
     * The operations of an interface, by name.
     *
     * @throws RowhouseException INVALID_COMPONENT, naming the rule that it breaks
     */
    public static List<InterfaceMethod> of(Class<?> type) {
        if (!type.isInterface() || type.isAnnotation()) {
            throw refused(type.getName() + " is served or called, but is no interface.");
        }
        if (type.getTypeParameters().length > 0 || nameOf(type).length() > NAME_LENGTH_MAX) {
            throw refused(
                    "The interface "
                            + type.getName()
                            + " has type parameters, or a name of more than "
                            + NAME_LENGTH_MAX
                            + " characters: other components could not name it.");
        }
        List<InterfaceMethod> methods = new ArrayList<>();
        for (Method method : type.getMethods()) {
            if (Modifier.isAbstract(method.getModifiers())) {
                methods.add(of(type, method));
            }
        }
        methods.sort(Comparator.comparing(each -> each.method.getName()));
        for (int i = 1; i < methods.size(); i++) {
            if (methods.get(i).method.getName().equals(methods.get(i - 1).method.getName())) {
                throw broken(methods.get(i).method, "has the same name as another operation");
            }
        }
        if (methods.isEmpty() || methods.size() > METHODS_MAX) {
            throw refused(
                    "The interface "
                            + type.getName()
                            + " has "
                            + methods.size()
                            + " operations: 1 to "
                            + METHODS_MAX
                            + " are allowed.");
        }
        return List.copyOf(methods);
    }

    private static InterfaceMethod of(Class<?> type, Method method) {
        if (method.getDeclaringClass() != type) {
            throw broken(method, "is inherited: declare it in " + type.getSimpleName() + " itself");
        }
        if (method.getName().length() > METHOD_LENGTH_MAX) {
            throw broken(method, "has a name of more than " + METHOD_LENGTH_MAX + " characters");
        }
        Type[] takes = method.getGenericParameterTypes();
        Type last = takes.length == 0 ? null : takes[takes.length - 1];
        Type incoming = last == null ? null : itemsOf(method, last);
        int records = takes.length - (incoming == null ? 0 : 1);
        if (records > 1 || (records == 1 && !isRecord(takes[0]))) {
            throw broken(
                    method,
                    "takes "
                            + Arrays.toString(takes)
                            + ": an operation takes nothing or one record, and then perhaps a"
                            + " stream of records");
        }
        Type gives = method.getGenericReturnType();
        Type outgoing = itemsOf(method, gives);
        Type reply = outgoing != null || gives == void.class ? null : gives;
        if (reply != null && !isRecord(reply)) {
            throw broken(
                    method,
                    "returns "
                            + gives.getTypeName()
                            + ": an operation returns nothing, one record, or a stream of records");
        }
        return new InterfaceMethod(
                method,
                records == 1 ? takes[0] : null,
                incoming,
                reply,
                outgoing,
                method.isAnnotationPresent(Idempotent.class),
                timeout(method));
    }

    private static @Nullable Type itemsOf(Method method, Type type) {
        if (type == Stream.class) {
            throw broken(method, "has a stream of it does not say what: write Stream<SomeRecord>");
        }
        if (!(type instanceof ParameterizedType generic) || generic.getRawType() != Stream.class) {
            return null;
        }
        Type item = generic.getActualTypeArguments()[0];
        if (item instanceof WildcardType wild) {
            item = wild.getUpperBounds()[0];
        }
        if (!isRecord(item)) {
            throw broken(method, "has a stream of " + item.getTypeName() + ": it must be a record");
        }
        return item;
    }

    private static boolean isRecord(Type type) {
        return switch (type) {
            case Class<?> plain -> plain.isRecord();
            case ParameterizedType generic -> isRecord(generic.getRawType());
            default -> false;
        };
    }

    private static @Nullable Duration timeout(Method method) {
        Timeout given = method.getAnnotation(Timeout.class);
        if (given == null) {
            return null;
        }
        Matcher form = DURATION.matcher(given.value());
        if (form.matches()) {
            long number = Long.parseLong(form.group(1));
            Duration timeout =
                    switch (form.group(2)) {
                        case "ms" -> Duration.ofMillis(number);
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        default -> Duration.ofHours(number);
                    };
            if (timeout.isPositive() && timeout.compareTo(LONGEST) <= 0) {
                return timeout;
            }
        }
        throw broken(
                method,
                "has the time-out '" + given.value() + "': write 500ms, 2s, 5m or 1h, 24h at most");
    }

    private static RowhouseException broken(Method method, String rule) {
        return refused(
                "The operation "
                        + method.getDeclaringClass().getName()
                        + "."
                        + method.getName()
                        + " "
                        + rule
                        + ".");
    }

    private static RowhouseException refused(String message) {
        return new RowhouseException(ErrorCode.INVALID_COMPONENT, message);
    }
}
