package org.rowhouse.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.images.Durations;

/** Calls between components: who serves what, how calls are made, what failed, what was traced. */
final class InterfaceRoutes {
    private static final int TRACE_DIGITS = 32;

    private final Listings listings;

    InterfaceRoutes(Listings listings) {
        this.listings = listings;
    }

    /** How calls of an operation are made. */
    record OperationBody(
            @Described(
                            "Share of its calls that are traced when they begin a trace, 0 to 1;"
                                    + " left out: as it is.")
                    @Nullable Double traced,
            @Described("How long a call may take, as in 500ms or 2s; left out: as it is.")
                    @Nullable String timeout,
            @Described("True: each call is a task, whose result is awaited.")
                    @Nullable Boolean durable) {}

    List<Route> list() {
        return all().stream()
                .map(route -> route.method().equals("GET") ? route : route.needs(Role.OPERATOR))
                .toList();
    }

    private List<Route> all() {
        Parameter limit =
                Parameter.integer("limit", "At most so many, 1 to 1,000; 50 if left out.");
        return List.of(
                Route.get(
                        "/interfaces",
                        "list_interfaces",
                        "Lists the interfaces that components serve, with operations and nodes.",
                        "An array.",
                        call -> listed(call, "interfaces"),
                        limit),
                Route.get(
                        "/operations/{name}",
                        "get_operation",
                        "Shows how calls of an operation, interface/method, are made.",
                        "What is set for it.",
                        call -> operation(call.path("name"))),
                Route.of(
                        "PUT",
                        "/operations/{name}",
                        "set_operation",
                        "Sets how calls of an operation are made; what is left out stays as it is.",
                        OperationBody.class,
                        "What is set for it.",
                        this::set),
                Route.of(
                        "DELETE",
                        "/operations/{name}",
                        "reset_operation",
                        "Lets calls of an operation be made as its author says.",
                        null,
                        "Its name.",
                        call ->
                                Answer.json(
                                        listings.act(
                                                "reset_operation",
                                                Deed.of(call),
                                                Map.of("name", call.path("name"))))),
                Route.get(
                        "/breakers",
                        "list_breakers",
                        "Lists the ways of calls that have failed lately.",
                        "An array; open ones first.",
                        call -> listed(call, "breakers"),
                        limit),
                Route.post(
                        "/breakers/close",
                        "close_breakers",
                        "Closes breakers on all nodes: calls go these ways again at once.",
                        null,
                        "How many stood in the table.",
                        this::close,
                        Parameter.text("operation", "Only those of this one; all if left out.")),
                Route.get(
                        "/traces",
                        "list_traces",
                        "Lists the newest traces of calls.",
                        "An array, newest first.",
                        this::traces,
                        limit),
                Route.get(
                        "/traces/{trace}",
                        "get_trace",
                        "Shows the spans of one trace: of a task's calls its root task's id.",
                        "An array, in the order in which they began.",
                        call -> trace(call.path("trace"))));
    }

    private static int limit(Call call) {
        return call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX);
    }

    private Answer listed(Call call, String file) {
        return Answer.json(given(file, Map.of("limit", limit(call))));
    }

    private String given(String file, Map<String, ?> values) {
        return Objects.requireNonNull(listings.json(file, values), "it gives one row");
    }

    private Answer operation(String name) {
        String found = listings.json("operation", Map.of("name", name));
        if (found == null) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "Nothing is set for an operation '"
                            + name
                            + "': its calls are made as its author says, if there is one;"
                            + " `rowhouse interfaces` lists them.");
        }
        return Answer.json(found);
    }

    private Answer set(Call call) {
        OperationBody body = call.body(OperationBody.class);
        Duration timeout = Durations.parse("timeout", body.timeout());
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", call.path("name"));
        values.put("traced", body.traced());
        values.put("timeout_seconds", timeout == null ? null : timeout.toMillis() / 1e3);
        values.put("durable", body.durable());
        listings.act("set_operation", Deed.of(call).making(), values);
        return operation(call.path("name"));
    }

    private Answer close(Call call) {
        Map<String, @Nullable Object> values = new HashMap<>();
        String operation = call.query("operation");
        values.put("operation", operation);
        return Answer.json(
                listings.act(
                        "close_breakers",
                        Deed.to(call, "breaker", operation == null ? List.of() : List.of(operation))
                                .making(),
                        values));
    }

    private Answer traces(Call call) {
        return Answer.json(
                given("traces", Map.of("limit", limit(call), "most", NodeBounds.TRACES_SPANS_MAX)));
    }

    /** A trace's id as W3C Trace Context writes it, or as an id of a task. */
    private Answer trace(String id) {
        String plain = id.replace("-", "").toLowerCase(Locale.ROOT);
        if (plain.length() != TRACE_DIGITS || !plain.matches("[0-9a-f]+")) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'"
                            + id
                            + "' is no id of a trace: it has 32 hexadecimal digits, or is a task's"
                            + " id; `rowhouse traces` lists the newest.");
        }
        String found = given("trace", Map.of("trace", plain, "most", NodeBounds.TRACE_SPANS_MAX));
        if (found.equals("[]")) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "Nothing was traced as "
                            + id
                            + ": one trace in a hundred is, unless a share is set by `rowhouse"
                            + " interfaces set OPERATION --traced SHARE`.");
        }
        return Answer.json(found);
    }
}
