package org.rowhouse.calls;

import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.InterfaceMethod;

/**
 * One operation, as one class loader knows it, with the forms of what goes over.
 *
 * @param request what it takes; nothing has a form too
 * @param incoming items of the stream that it takes; null if it takes none
 * @param reply what it gives, or the items of the stream that it gives
 */
record Shape(InterfaceMethod method, Form request, @Nullable Form incoming, Form reply) {
    private static final String BETWEEN = "\n";

    String operation() {
        return method.operation();
    }

    boolean streams() {
        return method.streams();
    }

    /** What the other side is told of requests: the schema, and that of items behind it. */
    String requestText() {
        return incoming == null ? request.schema() : request.schema() + BETWEEN + incoming.schema();
    }

    /** The schema of the request in such a text. */
    static String requestSchema(String text) {
        int end = text.indexOf(BETWEEN);
        return end < 0 ? text : text.substring(0, end);
    }

    /** The schema of the items in such a text; empty if it has none. */
    static String itemSchema(String text) {
        int end = text.indexOf(BETWEEN);
        return end < 0 ? "" : text.substring(end + BETWEEN.length());
    }

    /** The record among the arguments; null if there is none. */
    @Nullable Object record(@Nullable Object[] arguments) {
        return method.request() == null ? null : arguments[0];
    }

    /** The arguments for the method. */
    @Nullable Object[] arguments(@Nullable Object record, @Nullable Object stream) {
        boolean takes = method.request() != null;
        if (incoming != null) {
            return takes
                    ? new @Nullable Object[] {record, stream}
                    : new @Nullable Object[] {stream};
        }
        return takes ? new @Nullable Object[] {record} : new @Nullable Object[0];
    }

    /** The shapes of an interface's operations, by the methods' names. */
    static Map<String, Shape> of(List<InterfaceMethod> methods, Form.Maker maker) {
        Map<Type, Form> forms = new HashMap<>();
        Map<String, Shape> shapes = new HashMap<>();
        for (InterfaceMethod each : methods) {
            Type gives = each.outgoing() == null ? each.reply() : each.outgoing();
            shapes.put(
                    each.method().getName(),
                    new Shape(
                            each,
                            form(each.request(), forms, maker),
                            each.incoming() == null ? null : form(each.incoming(), forms, maker),
                            form(gives, forms, maker)));
        }
        return Map.copyOf(shapes);
    }

    private static Form form(@Nullable Type type, Map<Type, Form> forms, Form.Maker maker) {
        return forms.computeIfAbsent(type == null ? void.class : type, maker::of);
    }
}
