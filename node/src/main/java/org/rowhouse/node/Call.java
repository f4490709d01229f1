package org.rowhouse.node;

import io.helidon.common.uri.UriQuery;
import io.helidon.http.HeaderName;
import io.helidon.webserver.http.ServerRequest;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.accounts.Caller;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/** One request, as a route's handler sees it. For one thread. */
final class Call {
    /** Null for a call that the node makes itself, of a GET route. */
    private final @Nullable ServerRequest request;

    private Map<String, String> path;
    private final UriQuery query;
    private @Nullable Route route;
    private @Nullable Caller caller;
    private boolean noted;

    Call(ServerRequest request) {
        this(request, Map.of(), request.query());
    }

    private Call(@Nullable ServerRequest request, Map<String, String> path, UriQuery query) {
        this.request = request;
        this.path = path;
        this.query = query;
    }

    /** A call that the node itself makes of a GET route. */
    static Call internal(Route route, Map<String, String> path, UriQuery query) {
        Call call = new Call(null, path, query);
        call.as(Caller.nobody("live", ""), route);
        return call;
    }

    private ServerRequest request() {
        return Objects.requireNonNull(
                request, "only a request from outside has a body and headers");
    }

    /** Goes on as {@code caller}, at {@code route}. */
    void as(Caller caller, Route route) {
        this.caller = caller;
        this.route = route;
        if (request != null) {
            String raw = request.prologue().uriPath().rawPath();
            path = Objects.requireNonNull(route.pattern().values(raw), "it is this route's path");
        }
    }

    /** Who asks. */
    Caller caller() {
        return Objects.requireNonNull(caller, "the guard comes first");
    }

    /**
     * Checks the caller's role.
     *
     * @param what needs it, as the subject of a sentence
     * @throws RowhouseException FORBIDDEN
     */
    void require(Role least, String what) {
        Role role = caller().role();
        if (!role.atLeast(least)) {
            throw new RowhouseException(
                    ErrorCode.FORBIDDEN,
                    what
                            + " needs the role "
                            + least.sqlName()
                            + ", and '"
                            + caller().name()
                            + "' is "
                            + role.withArticle()
                            + ": ask an admin.");
        }
    }

    /** What is done here, as the audit has it. */
    Audit.Action action() {
        Route at = Objects.requireNonNull(route, "the guard comes first");
        String subject = at.subject();
        return action(at.kind(), subject == null ? List.of() : List.of(path(subject)));
    }

    /** What is done here to things of this kind. */
    Audit.Action action(String kind, List<String> subjects) {
        Route at = Objects.requireNonNull(route, "the guard comes first");
        return new Audit.Action(caller(), at.name(), kind, subjects);
    }

    /** Whether the audit has a row of what was done last. */
    boolean noted() {
        return noted;
    }

    /** Says so. */
    void noted(boolean now) {
        noted = now;
    }

    /** The network address that the request comes from. */
    String address() {
        return request().remotePeer().address() instanceof InetSocketAddress peer
                        && peer.getAddress() != null
                ? peer.getAddress().getHostAddress()
                : request().remotePeer().host();
    }

    /** What stands in the path for {@code {name}}, decoded. */
    String path(String name) {
        return Objects.requireNonNull(path.get(name), name);
    }

    /** The task whose id stands in the path. */
    TaskId taskId() {
        return TaskId.parse(path("id"));
    }

    /** A parameter of the query; null if it is absent or empty. */
    @Nullable String query(String name) {
        String value = query.first(name).orElse("");
        return value.isEmpty() ? null : value;
    }

    /** A parameter that must be a whole number of this range. */
    int queryInt(String name, int absent, int least, int most) {
        String value = query(name);
        if (value == null) {
            return absent;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below, in words
        }
        throw new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The parameter '"
                        + name
                        + "' must be a whole number from "
                        + least
                        + " to "
                        + most
                        + ", but is '"
                        + value
                        + "'.");
    }

    /** A parameter that must be true or false; false if it is absent. */
    boolean queryFlag(String name) {
        String value = query(name);
        return switch (value == null ? "false" : value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT,
                            "The parameter '"
                                    + name
                                    + "' must be true or false, but is '"
                                    + value
                                    + "'.");
        };
    }

    /** A parameter with several values between commas; null if it is absent. */
    @Nullable List<String> queryList(String name) {
        String value = query(name);
        return value == null ? null : List.of(value.split(",", -1));
    }

    /** All values of a parameter that may be given several times. */
    List<String> queryAll(String name) {
        return query.all(name, List::of);
    }

    /** The names of all parameters of the query. */
    Set<String> queryNames() {
        return query.names();
    }

    /** The body as this record. */
    <T> T body(Class<T> type) {
        if (!request().content().hasEntity()) {
            return Json.read(InputStream.nullInputStream(), type);
        }
        String media =
                request()
                        .headers()
                        .contentType()
                        .map(one -> one.mediaType().text())
                        .orElse("application/json");
        if (!media.endsWith("json")) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The body must be application/json, but is '" + media + "'.");
        }
        return Json.read(request().content().inputStream(), type);
    }

    /** The body as it comes. */
    InputStream stream() {
        return request().content().hasEntity()
                ? request().content().inputStream()
                : InputStream.nullInputStream();
    }

    /** The media type of the body, in lower case; empty if the client does not say. */
    String mediaType() {
        return request()
                .headers()
                .contentType()
                .map(one -> one.mediaType().text().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    /** The certificate that the caller proved to hold; null if it showed none. */
    @Nullable X509Certificate certificate() {
        return request()
                .remotePeer()
                .tlsCertificates()
                .filter(chain -> chain.length > 0)
                .map(chain -> (X509Certificate) chain[0])
                .orElse(null);
    }

    /** A header; null if it is absent. */
    @Nullable String header(HeaderName name) {
        return request().headers().first(name).orElse(null);
    }

    /** Who asks, by name: the account's, or what the holder of the token says. */
    String user() {
        return caller == null ? namedByClient() : caller.name();
    }

    /** The name that the client gives; for people to read, it proves nothing. */
    String namedByClient() {
        String user = request().headers().first(HttpApi.USER).orElse("http");
        return user.length() > NodeBounds.USER_LENGTH_MAX
                ? user.substring(0, NodeBounds.USER_LENGTH_MAX)
                : user;
    }
}
