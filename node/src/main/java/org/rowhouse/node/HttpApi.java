package org.rowhouse.node;

import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.accounts.Caller;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.Home;
import org.rowhouse.trust.Trust;

/**
 * The node's door for clients: JSON over HTTP/1.1, one virtual thread for each connection.
 *
 * <p>Owns no tables. Every request passes the {@link Guard}, then its route; what goes wrong
 * becomes a {@link Problem}. A failure of one request never reaches another, and one that nobody
 * expected is logged with its stack and answered without it.
 */
public final class HttpApi implements AutoCloseable {
    /** Who asks, for people to read. */
    static final HeaderName USER = HeaderNames.create("Rowhouse-User");

    private static final System.Logger LOG = System.getLogger(HttpApi.class.getName());
    private static final String OPENAPI = "/openapi.json";
    private static final String CONSOLE = "/console";
    private static final String LOOPBACK = "127.0.0.1";

    /** The listener for other machines. */
    private static final String OUTER = "outer";

    private final Guard guard;
    private final @Nullable Audit audit;
    private final List<Route> routes;
    private final byte[] description;
    private final WebServer server;
    private final ConsoleFiles console = new ConsoleFiles();
    private final LiveRoutes live;
    private final List<AutoCloseable> parts;
    private final String host;
    private final @Nullable String outer;

    private HttpApi(
            Guard guard,
            @Nullable Audit audit,
            List<Route> routes,
            List<AutoCloseable> parts,
            InetSocketAddress listen,
            @Nullable SSLContext tls) {
        this.guard = guard;
        this.live = new LiveRoutes(routes, this::listener);
        this.routes = Stream.of(routes, live.list()).flatMap(List::stream).toList();
        this.audit = audit;
        this.parts = parts;
        this.outer = NodeOptions.outerHost(listen);
        this.host = outer == null ? listen.getHostString() : LOOPBACK;
        this.description = Json.bytes(OpenApi.describe(this.routes, Rowhouse.version()));
        this.server = serve(listen, tls);
    }

    /**
     * Starts to answer. At another address than loopback it speaks TLS only, and then answers this
     * machine at a free port of loopback too.
     *
     * @param rowhouse whose services it gives out; stays open when this closes
     * @param listen the address; port 0 takes a free one
     * @param stop what {@code POST /stop} does, after its answer is on its way
     * @throws RowhouseException ADDRESS_UNAVAILABLE if the address is taken, not this machine's or
     *     not allowed; HOME_UNUSABLE if the token cannot be read or written
     */
    public static HttpApi start(Rowhouse rowhouse, InetSocketAddress listen, Runnable stop) {
        Token token = Token.readOrCreate(rowhouse.home().token());
        Listings listings = new Listings(rowhouse.database());
        SqlRunner sql = new SqlRunner(rowhouse.database());
        ViewerSql viewers = new ViewerSql(rowhouse.database(), rowhouse.accounts());
        Trust trust = rowhouse.trust();
        AtomicInteger port = new AtomicInteger();
        try {
            List<Route> routes = new ArrayList<>();
            routes.addAll(new TaskPageRoutes(listings).list());
            routes.addAll(new TaskRoutes(rowhouse, listings).list());
            routes.addAll(new OperationRoutes(listings).list());
            routes.addAll(new CallRoutes(rowhouse.outside()).list());
            routes.addAll(new QueueRoutes(listings).list());
            routes.addAll(new RegionRoutes(listings).list());
            routes.addAll(new ScheduleRoutes(rowhouse, listings).list());
            routes.addAll(
                    new TopicRoutes(rowhouse.messages(), rowhouse.deployments(), listings).list());
            routes.addAll(new MailboxRoutes(rowhouse, listings).list());
            routes.addAll(new ComponentRoutes(rowhouse, listings).list());
            routes.addAll(new InterfaceRoutes(listings).list());
            routes.addAll(new DeviceRoutes(listings).list());
            routes.addAll(new NodeRoutes(rowhouse, listings, stop).list());
            routes.addAll(new ClusterRoutes(listings).list());
            routes.addAll(new GlanceRoutes(rowhouse, listings).list());
            routes.addAll(new TrustRoutes(trust, rowhouse.accounts().audit(), port::get).list());
            routes.addAll(new PolicyRoutes(rowhouse, listings).list());
            routes.addAll(new SessionRoutes(rowhouse.accounts().sessions(), listings).list());
            routes.addAll(new AccountRoutes(rowhouse.accounts(), listings).list());
            routes.addAll(new SavedRoutes(listings).list());
            routes.addAll(
                    new SqlRoutes(
                                    rowhouse.database(),
                                    listings,
                                    sql,
                                    viewers,
                                    rowhouse.accounts().audit())
                            .list());
            HttpApi api =
                    new HttpApi(
                            new Guard(token, rowhouse.accounts().sessions(), trust.addresses()),
                            rowhouse.accounts().audit(),
                            List.copyOf(routes),
                            List.of(listings, sql, viewers),
                            listen,
                            trust.serverContext());
            port.set(api.outer == null ? api.server.port() : api.server.port(OUTER));
            rowhouse.tasks().onSignals(api.live::signal);
            rowhouse.accounts().sessions().onChange(api.live::signalSessions);
            String outer = api.outerAddress();
            rowhouse.tasks().answersAt(outer == null ? api.address() : outer);
            return api;
        } catch (RuntimeException e) {
            close(List.of(listings, sql, viewers));
            throw e;
        }
    }

    /**
     * Answers statements alone, on a free port of 127.0.0.1: for a database without a node.
     *
     * @param home whose token it asks for
     * @param database stays open when this closes
     * @throws RowhouseException as {@link #start}
     */
    public static HttpApi startForSql(Home home, Database database) {
        InetSocketAddress listen = InetSocketAddress.createUnresolved("127.0.0.1", 0);
        Token token = Token.readOrCreate(home.token());
        Listings listings = new Listings(database);
        SqlRunner sql = new SqlRunner(database);
        try {
            return new HttpApi(
                    new Guard(token, null, List.of()),
                    null,
                    new SqlRoutes(database, listings, sql, null, null).list(),
                    List.of(listings, sql),
                    listen,
                    null);
        } catch (RuntimeException e) {
            close(List.of(listings, sql));
            throw e;
        }
    }

    /** Where it answers this machine, such as {@code http://127.0.0.1:41234}. */
    public String address() {
        return "http://" + bracketed(host) + ":" + server.port();
    }

    /** Where it answers other machines, by TLS; null if it does not. */
    public @Nullable String outerAddress() {
        return outer == null ? null : "https://" + bracketed(outer) + ":" + server.port(OUTER);
    }

    private static String bracketed(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }

    /** The routes, for the description and for tests. */
    List<Route> routes() {
        return routes;
    }

    private HttpRouting.Builder routing() {
        HttpRouting.Builder routing = HttpRouting.builder();
        for (Route route : routes) {
            routing.route(
                    Method.create(route.method()),
                    route.pattern(),
                    (request, response) -> answer(route, request, response));
        }
        routing.get(OPENAPI, this::describe);
        routing.get(CONSOLE + "/*", this::console);
        routing.any((request, response) -> attempt(request, response, this::unknown));
        return routing;
    }

    private WebServer serve(InetSocketAddress listen, @Nullable SSLContext tls) {
        InetSocketAddress inner =
                outer == null ? listen : InetSocketAddress.createUnresolved(LOOPBACK, 0);
        WebServerConfig.Builder builder =
                WebServer.builder()
                        .address(bindable(inner))
                        .port(inner.getPort())
                        .maxPayloadSize(NodeBounds.UPLOAD_BYTES_MAX)
                        .shutdownHook(false)
                        .shutdownGracePeriod(Duration.ofMillis(500))
                        .addProtocol(http())
                        .routing(routing());
        if (outer != null) {
            builder.putSocket(OUTER, outerListener(listen, tls)).routing(OUTER, routing());
        }
        WebServer started = builder.build().start();
        if (!started.isRunning()) {
            throw unavailable(listen, "was taken by someone else just now", null);
        }
        return started;
    }

    private static Http1Config http() {
        return Http1Config.builder()
                .maxHeadersSize(NodeBounds.HEADER_BYTES_MAX)
                .addReceiveListener(ClientWatch.CONNECTIONS)
                .build();
    }

    /**
     * What other machines meet: TLS, never without. A client may show a certificate; one that is
     * not of this cluster, or has expired, ends the handshake.
     */
    private static ListenerConfig outerListener(
            InetSocketAddress listen, @Nullable SSLContext tls) {
        if (tls == null) {
            throw unavailable(listen, "can only be used by a node that was opened for it", null);
        }
        return ListenerConfig.builder()
                .address(bindable(listen))
                .port(listen.getPort())
                .maxPayloadSize(NodeBounds.UPLOAD_BYTES_MAX)
                .shutdownGracePeriod(Duration.ofMillis(500))
                .addProtocol(http())
                .tls(
                        Tls.builder()
                                .sslContext(tls)
                                .clientAuth(TlsClientAuth.OPTIONAL)
                                .enabledProtocols(List.of("TLSv1.3"))
                                .build())
                .build();
    }

    /**
     * Looks whether the address can be used, before anything else is started.
     *
     * @throws RowhouseException ADDRESS_UNAVAILABLE
     */
    static void requireBindable(InetSocketAddress listen) {
        var _ = bindable(listen);
    }

    /** The server only logs that it cannot listen, so we try first, to be able to say why. */
    private static InetAddress bindable(InetSocketAddress listen) {
        try {
            InetAddress address = InetAddress.getByName(listen.getHostString());
            try (ServerSocket probe = new ServerSocket()) {
                probe.bind(new InetSocketAddress(address, listen.getPort()));
            }
            return address;
        } catch (UnknownHostException e) {
            throw unavailable(listen, "is not known to this machine", e);
        } catch (IOException e) {
            throw unavailable(listen, "cannot be used (" + e.getMessage() + ")", e);
        }
    }

    private static RowhouseException unavailable(
            InetSocketAddress listen, String what, @Nullable Exception cause) {
        return new RowhouseException(
                ErrorCode.ADDRESS_UNAVAILABLE,
                "The address "
                        + listen.getHostString()
                        + ":"
                        + listen.getPort()
                        + " "
                        + what
                        + ": give another one by --listen; port 0 takes a free one.",
                cause);
    }

    private void answer(Route route, ServerRequest request, ServerResponse response) {
        attempt(
                request,
                response,
                call -> {
                    call.as(
                            route.open()
                                    ? Caller.nobody(call.namedByClient(), call.address())
                                    : caller(call),
                            route);
                    return audited(route, call);
                });
    }

    private Caller caller(Call call) {
        return guard.caller(
                call.header(HeaderNames.AUTHORIZATION), call.namedByClient(), call.address());
    }

    private Caller listener(Call call) {
        return guard.listener(
                call.header(HeaderNames.AUTHORIZATION), call.namedByClient(), call.address());
    }

    /** What the role does not allow and, of what changes something, what fails is noted. */
    private Answer audited(Route route, Call call) throws Exception {
        try {
            call.require(route.least(), "'" + route.name() + "'");
            refuseUnknown(route, call.queryNames());
            return route.handler().handle(call);
        } catch (RowhouseException e) {
            if (audit != null && e.code() == ErrorCode.FORBIDDEN) {
                audit.refused(call.action(), String.valueOf(e.getMessage()));
            } else if (audit != null && route.audited() && !call.noted()) {
                audit.failed(call.action(), String.valueOf(e.getMessage()));
            }
            throw e;
        } catch (RuntimeException e) {
            if (audit != null && route.audited() && !call.noted()) {
                audit.failed(call.action(), "A mistake in Rowhouse: the node's log says more.");
            }
            throw e;
        }
    }

    private void describe(ServerRequest request, ServerResponse response) {
        attempt(request, response, call -> new Answer.Body(200, description, Map.of()));
    }

    /** The page itself lies at {@code /console/}, so that its files lie below it. */
    private void console(ServerRequest request, ServerResponse response) {
        attempt(
                request,
                response,
                call -> {
                    String path = request.path().path();
                    if (path.equals(CONSOLE)) {
                        return new Answer.Body(308, new byte[0], Map.of("Location", CONSOLE + "/"));
                    }
                    String zips = call.header(HeaderNames.ACCEPT_ENCODING);
                    return console.answer(
                                    path.substring(CONSOLE.length() + 1),
                                    call.header(HeaderNames.IF_NONE_MATCH),
                                    zips != null && zips.contains("gzip"))
                            .map(Answer.class::cast)
                            .orElseGet(() -> unknown(call));
                });
    }

    private Answer unknown(Call call) {
        throw new RowhouseException(
                ErrorCode.NOT_FOUND,
                "Nothing answers this method and path: " + OPENAPI + " lists what does.");
    }

    /** Guards, runs and answers; every failure becomes a problem. */
    private void attempt(ServerRequest request, ServerResponse response, Route.Handler handler) {
        Problem problem =
                guard.refuse(
                        header(request, HeaderNames.HOST), header(request, HeaderNames.ORIGIN));
        try {
            if (problem == null) {
                Answer answer = handler.handle(new Call(request));
                sayWhetherLast(response);
                send(response, answer);
                hangUpIfLast();
                return;
            }
        } catch (RowhouseException e) {
            if (e.code() == ErrorCode.INTERNAL) {
                LOG.log(Level.ERROR, "a request failed", e);
            }
            problem = Problem.of(e);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "a client went away", e);
            return;
        } catch (CloseConnectionException e) {
            throw e; // the server closes the connection without the answer's end
        } catch (Exception e) {
            LOG.log(Level.ERROR, "a request failed", e);
            problem =
                    Problem.of(
                            ErrorCode.INTERNAL,
                            500,
                            "Rowhouse made a mistake ("
                                    + e.getClass().getSimpleName()
                                    + "): the node's log says more.");
        }
        if (!response.isSent()) {
            response.status(problem.status());
            response.header(HeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE);
            if (problem.status() == ErrorCode.UNAUTHORIZED.httpStatus()) {
                response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
            }
            sayWhetherLast(response);
            response.send(Json.bytes(problem));
            hangUpIfLast();
        }
    }

    private static void sayWhetherLast(ServerResponse response) {
        if (ClientWatch.connectionIsSpent()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
    }

    private static void hangUpIfLast() {
        if (ClientWatch.connectionIsSpent()) {
            throw new CloseConnectionException("it was watched, so it cannot be read from");
        }
    }

    private static void send(ServerResponse response, Answer answer) throws IOException {
        switch (answer) {
            case Answer.Body body -> {
                response.status(body.status());
                response.header(HeaderNames.CONTENT_TYPE, "application/json");
                response.header(HeaderNames.CACHE_CONTROL, "no-store");
                body.headers().forEach(response::header);
                response.send(body.json());
            }
            case Answer.Stream stream -> send(response, stream);
        }
    }

    /**
     * What fails before the first byte becomes a problem; later, all that is left is to hang up.
     */
    private static void send(ServerResponse response, Answer.Stream stream) throws IOException {
        LateBody body = new LateBody(response, stream.mediaType());
        try {
            stream.writer().write(body);
            body.close();
        } catch (IOException | RuntimeException e) {
            if (!body.begun()) {
                throw e;
            }
            // Whoever watches goes away some time; nothing is lost by that.
            LOG.log(stream.endless() ? Level.DEBUG : Level.WARNING, "an answer broke off", e);
            throw new CloseConnectionException("the answer broke off", e);
        }
    }

    static void refuseUnknown(Route route, Set<String> given) {
        Set<String> known = route.query().stream().map(Parameter::name).collect(Collectors.toSet());
        for (String name : given) {
            if (!known.contains(name)) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "There is no parameter '"
                                + name
                                + "' here"
                                + (known.isEmpty()
                                        ? "."
                                        : ": known are "
                                                + String.join(
                                                        ", ", known.stream().sorted().toList())
                                                + "."));
            }
        }
    }

    private static @Nullable String header(ServerRequest request, HeaderName name) {
        return request.headers().first(name).orElse(null);
    }

    /** Ends within half a second: answers that are being written then are cut. */
    @Override
    public void close() {
        live.close();
        server.stop();
        close(parts);
    }

    private static void close(List<AutoCloseable> parts) {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(Level.WARNING, "could not close " + part, e);
            }
        }
    }
}
