package org.rowhouse.node;

import io.helidon.common.uri.UriQuery;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.rowhouse.accounts.Caller;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What other GET routes answer, told again whenever it has changed. */
final class LiveRoutes implements AutoCloseable {
    private final List<Route> routes;
    private final Function<Call, Caller> guard;
    private final Live live = new Live(this::ask);

    /**
     * @param routes among them those that can be watched
     * @param guard gives who listens, or throws: a session may end while its holder watches, also
     *     because that alone is no use of it
     */
    LiveRoutes(List<Route> routes, Function<Call, Caller> guard) {
        this.guard = guard;
        this.routes = routes.stream().filter(Route::watchable).toList();
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/live",
                        "watch",
                        "Tells what GET paths answer, and tells it again whenever it has changed.",
                        "Server-sent events, for as long as the client listens: answer {path,"
                                + " value} and problem {path, problem}.",
                        this::watch,
                        Parameter.text(
                                "watch",
                                "A path with its query, such as /nodes?limit=50; up to 8 times.")));
    }

    /** Something has happened in the cluster. Never blocks. */
    void signal() {
        live.signal();
    }

    /** Sessions have changed. Never blocks. */
    void signalSessions() {
        live.signalSessions();
    }

    private Answer watch(Call call) {
        Set<String> paths = new LinkedHashSet<>(call.queryAll("watch"));
        if (paths.isEmpty() || paths.size() > NodeBounds.LIVE_WATCHES_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Name 1 to "
                            + NodeBounds.LIVE_WATCHES_MAX
                            + " paths to watch, each in a parameter 'watch'; these are "
                            + paths.size()
                            + ".");
        }
        Role least = Role.VIEWER;
        for (String path : paths) {
            Route route = find(path).route; // or it is told now
            call.require(route.least(), "'" + route.name() + "'");
            least = route.least().atLeast(least) ? route.least() : least;
        }
        Role asked = least;
        return new Answer.Stream(
                "text/event-stream", out -> live.watch(paths, out, () -> may(call, asked)));
    }

    private boolean may(Call call, Role least) {
        try {
            return guard.apply(call).role().atLeast(least);
        } catch (RowhouseException e) {
            return false; // the client asks again, and is told why
        }
    }

    private record Found(Route route, Call call) {}

    /**
     * The route that answers a path.
     *
     * @throws RowhouseException NOT_FOUND if there is none; INVALID_ARGUMENT for its query
     */
    private Found find(String path) {
        int mark = path.indexOf('?');
        String plain = mark < 0 ? path : path.substring(0, mark);
        try {
            for (Route route : routes) {
                Map<String, String> values = route.pattern().values(plain);
                if (values != null) {
                    UriQuery query = UriQuery.create(mark < 0 ? "" : path.substring(mark + 1));
                    HttpApi.refuseUnknown(route, query.names());
                    return new Found(route, Call.internal(route, values, query));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "'" + path + "' is no path with a query.", e);
        }
        throw new RowhouseException(
                ErrorCode.NOT_FOUND,
                "There is nothing to watch at '" + path + "': GET routes that answer at once are.");
    }

    private String ask(String path) {
        Found found = find(path);
        try {
            return found.route.handler().handle(found.call) instanceof Answer.Body body
                    ? new String(body.json(), StandardCharsets.UTF_8)
                    : "null";
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        live.close();
    }
}
