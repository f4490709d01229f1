package org.rowhouse.images;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Message;
import org.rowhouse.api.Needs;
import org.rowhouse.api.Outbox;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.ConsumerImage.Source;

/**
 * Finds the consumers of classes and holds them to the rules: a topic or a mailbox, of a name that
 * can be declared; one consumer for a group or mailbox; a function that takes one record, or a
 * method that takes a connection and the messages.
 */
final class ConsumerScanner {
    /** As {@code rowhouse.check_name} has it. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,62}");

    private final String component;
    private final boolean ownProgram;
    private final Map<Method, FunctionDefinition> functions = new HashMap<>();
    private final Map<String, Method> names = new HashMap<>();
    private final Map<Source, ConsumerDefinition> found = new LinkedHashMap<>();

    /**
     * @param ownProgram the classes belong to the running program itself, so their methods need not
     *     be public
     * @param functions those of the same classes
     */
    ConsumerScanner(String component, boolean ownProgram, List<FunctionDefinition> functions) {
        this.component = component;
        this.ownProgram = ownProgram;
        for (FunctionDefinition each : functions) {
            this.functions.put(each.method(), each);
            names.put(each.name(), each.method());
        }
    }

    /**
     * @throws RowhouseException INVALID_COMPONENT for the first rule that is broken
     */
    List<ConsumerDefinition> scan(List<Class<?>> classes) {
        for (Class<?> type : classes) {
            for (Method method : FunctionScanner.methods(type)) {
                Consumes mark = method.getAnnotation(Consumes.class);
                if (mark != null) {
                    add(definition(method, mark));
                }
            }
        }
        if (found.size() > ImageBounds.CONSUMERS_MAX) {
            throw FunctionScanner.refused(
                    "The component has "
                            + found.size()
                            + " consumers; "
                            + ImageBounds.CONSUMERS_MAX
                            + " are the most.");
        }
        return List.copyOf(found.values());
    }

    private void add(ConsumerDefinition definition) {
        ConsumerDefinition other = found.putIfAbsent(definition.source(), definition);
        if (other != null) {
            throw FunctionScanner.refused(
                    FunctionScanner.place(other.method())
                            + " and "
                            + FunctionScanner.place(definition.method())
                            + " both consume "
                            + definition.source()
                            + ": "
                            + (definition.source().mailbox() == null
                                    ? "give one of them another group."
                                    : "one must do."));
        }
    }

    private ConsumerDefinition definition(Method method, Consumes mark) {
        Source source = source(method, mark);
        FunctionDefinition function = functions.get(method);
        if (function != null) {
            Type input = function.input();
            if (input == null) {
                throw broken(method, "takes nothing: it takes the message's body, one record");
            }
            String queue = mark.queue().isEmpty() ? null : checked(method, "queue", mark.queue());
            return new ConsumerDefinition(function.name(), source, true, queue, method, input);
        }
        if (!mark.queue().isEmpty()) {
            throw broken(method, "names a queue: only tasks wait in one, so make it a @Function");
        }
        checkMethod(method);
        Type body = source.mailbox() == null ? messageBody(method) : mailBody(method);
        return new ConsumerDefinition(method.getName(), source, false, null, method, body);
    }

    private Source source(Method method, Consumes mark) {
        if (mark.topic().isEmpty() == mark.mailbox().isEmpty()) {
            throw broken(
                    method,
                    "names "
                            + (mark.topic().isEmpty() ? "neither" : "both")
                            + " a topic "
                            + (mark.topic().isEmpty() ? "nor" : "and")
                            + " a mailbox: name one of them");
        }
        if (mark.topic().isEmpty()) {
            if (!mark.group().isEmpty()) {
                throw broken(method, "names a group of a mailbox: only topics have groups");
            }
            return new Source(null, null, checked(method, "mailbox", mark.mailbox()));
        }
        String group = mark.group().isEmpty() ? component : mark.group();
        return new Source(
                checked(method, "topic", mark.topic()), checked(method, "group", group), null);
    }

    private static String checked(Method method, String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw broken(
                    method,
                    "has the "
                            + what
                            + " "
                            + Quoted.of(name)
                            + ": such names have 1 to 63 lower-case letters, digits, dots, dashes"
                            + " and underscores, a letter first");
        }
        return name;
    }

    private void checkMethod(Method method) {
        FunctionScanner.checkClass(method.getDeclaringClass(), ownProgram, marked(method));
        if (!ownProgram && !Modifier.isPublic(method.getModifiers())) {
            throw broken(method, "is not public: make it public");
        }
        if (Modifier.isStatic(method.getModifiers())) {
            throw broken(method, "is static: make it an instance method");
        }
        if (method.isAnnotationPresent(Needs.class)) {
            throw broken(method, "also @Needs something: only functions do, and run as tasks");
        }
        Method other = names.putIfAbsent(method.getName(), method);
        if (other != null) {
            throw broken(
                    method,
                    "has the name of "
                            + FunctionScanner.place(other)
                            + ": give one of them another name");
        }
    }

    private static Type messageBody(Method method) {
        Type[] takes = method.getGenericParameterTypes();
        Type message = takesTwo(takes) ? argument(takes[1], List.class) : null;
        Type body = message == null ? null : argument(message, Message.class);
        if (body == null) {
            throw takesWrong(
                    method,
                    "a consumer of a topic takes a java.sql.Connection, a List of Message of one"
                            + " record and perhaps an Outbox");
        }
        if (method.getReturnType() != void.class) {
            throw broken(
                    method,
                    "returns "
                            + method.getGenericReturnType().getTypeName()
                            + ": a consumer of a topic returns nothing");
        }
        return record(method, body);
    }

    /** A connection and what has come, and perhaps where to put what it sends. */
    private static boolean takesTwo(Type[] takes) {
        return (takes.length == 2 || (takes.length == 3 && takes[2] == Outbox.class))
                && takes[0] == Connection.class;
    }

    private static Type mailBody(Method method) {
        Type[] takes = method.getGenericParameterTypes();
        if (!takesTwo(takes)) {
            throw takesWrong(
                    method,
                    "a consumer of a mailbox takes a java.sql.Connection, one record and perhaps"
                            + " an Outbox");
        }
        Type gives = method.getGenericReturnType();
        if (gives != void.class && !FunctionScanner.isRecord(gives)) {
            throw broken(
                    method,
                    "returns "
                            + gives.getTypeName()
                            + ": a consumer of a mailbox returns nothing, or the answer, one"
                            + " record");
        }
        return record(method, takes[1]);
    }

    private static Type record(Method method, Type body) {
        if (!FunctionScanner.isRecord(body)) {
            throw broken(
                    method,
                    "takes messages that hold " + body.getTypeName() + ": they hold one record");
        }
        return body;
    }

    /** The one type argument of a generic class; null if the type is another. */
    private static @Nullable Type argument(Type type, Class<?> generic) {
        return type instanceof ParameterizedType its && its.getRawType() == generic
                ? its.getActualTypeArguments()[0]
                : null;
    }

    private static RowhouseException takesWrong(Method method, String rule) {
        List<String> names = new ArrayList<>();
        for (Type type : method.getGenericParameterTypes()) {
            names.add(type.getTypeName());
        }
        return broken(method, "takes (" + String.join(", ", names) + "): " + rule);
    }

    private static String marked(Method method) {
        return FunctionScanner.place(method) + " is marked @Consumes, but ";
    }

    private static RowhouseException broken(Method method, String rule) {
        return new RowhouseException(ErrorCode.INVALID_COMPONENT, marked(method) + rule + ".");
    }
}
