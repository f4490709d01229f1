package org.rowhouse.node;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.calls.CallBounds;
import org.rowhouse.calls.Outside;
import org.rowhouse.calls.OutsideOperation;
import org.rowhouse.images.Durations;
import org.rowhouse.wire.TraceContext;
import org.rowhouse.wire.codec.Schema;
import tools.jackson.databind.JsonNode;

/** The door for programs that speak HTTP and JSON: calls components as other components do. */
final class CallRoutes {
    private static final HeaderName TRACE = HeaderNames.create("traceparent");

    private final Outside outside;

    CallRoutes(Outside outside) {
        this.outside = outside;
    }

    List<Route> list() {
        return List.of(
                Route.post(
                                "/call/{component}/{function}",
                                "call",
                                "Calls an operation of an interface that a component serves, at"
                                        + " once and not as a task. The body is its record as"
                                        + " JSON; of an operation that takes a stream, an array"
                                        + " of its items, or an object with request and items.",
                                null,
                                "Its record as JSON, null if it gives none, or an array of its"
                                        + " stream's items.",
                                this::call,
                                Parameter.text(
                                        "interface",
                                        "The interface's name, if several have that operation."),
                                Parameter.text(
                                        "timeout",
                                        "How long it may take at most, as in 500ms or 2s; as its"
                                                + " author says if left out."))
                        .needs(Role.OPERATOR)
                        .unaudited()); // traces tell of calls
    }

    private Answer call(Call call) {
        OutsideOperation operation =
                outside.find(
                        call.path("component"), call.query("interface"), call.path("function"));
        JsonNode body = call.body(JsonNode.class);
        Duration timeout = Durations.parse("timeout", call.query("timeout"));
        Object result =
                operation.call(
                        request(operation, body),
                        items(operation, body),
                        timeout == null ? CallBounds.TIMEOUT_MAX : timeout,
                        TraceContext.parse(call.header(TRACE)));
        Object json = result instanceof Stream<?> items ? all(items) : JsonTrees.json(result);
        return Answer.json(json == null ? "null" : Json.text(json));
    }

    /** Whether a body holds a record beside the items of a stream. */
    private static boolean both(OutsideOperation operation) {
        return operation.incoming() != null && operation.request() != Schema.Leaf.VOID;
    }

    private static @Nullable Object request(OutsideOperation operation, JsonNode body) {
        if (operation.request() == Schema.Leaf.VOID) {
            return operation.incoming() == null ? JsonTrees.tree(Schema.Leaf.VOID, body) : null;
        }
        return JsonTrees.tree(operation.request(), both(operation) ? part(body, "request") : body);
    }

    private static @Nullable Stream<?> items(OutsideOperation operation, JsonNode body) {
        Schema schema = operation.incoming();
        if (schema == null) {
            return null;
        }
        Object items =
                JsonTrees.tree(
                        new Schema.ListOf(schema), both(operation) ? part(body, "items") : body);
        if (!(items instanceof List<?> list)) {
            throw malformed();
        }
        return list.stream();
    }

    private static JsonNode part(JsonNode body, String name) {
        JsonNode part = body.get(name);
        if (part == null || body.size() != 2) {
            throw malformed();
        }
        return part;
    }

    private static RowhouseException malformed() {
        return new RowhouseException(
                ErrorCode.INVALID_INPUT,
                "The operation takes a stream: send an array of its items, or if it takes a record"
                        + " too, an object with the fields request and items.");
    }

    private static List<@Nullable Object> all(Stream<?> items) {
        List<@Nullable Object> all = new ArrayList<>();
        try (items) {
            for (Iterator<?> each = items.iterator(); each.hasNext(); ) {
                if (all.size() == NodeBounds.CALL_ITEMS_MAX) {
                    throw new RowhouseException(
                            ErrorCode.TOO_LARGE,
                            "The stream has more than "
                                    + NodeBounds.CALL_ITEMS_MAX
                                    + " items, the most of one answer: ask for fewer, or use the"
                                    + " door for gRPC.");
                }
                all.add(JsonTrees.json(each.next()));
            }
        }
        return all;
    }
}
