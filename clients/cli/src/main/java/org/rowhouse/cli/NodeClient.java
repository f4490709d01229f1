package org.rowhouse.cli;

import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Token;
import org.rowhouse.store.Home;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The node of a home, as commands talk to it: over HTTP only, whoever runs it. */
final class NodeClient implements AutoCloseable {
    /** Reads numbers as they are written. */
    static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

    /** An answer that does not wait for anything comes within this. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A node that died is up again within this, unless something keeps it down. */
    private static final Duration RESTART = Duration.ofSeconds(15);

    private static final Duration LOOK = Duration.ofMillis(50);

    private final Home home;
    private final @Nullable String authorization;
    private String address;
    private long pid; // of the node, by its file; 0 if the address came from elsewhere
    private Http http;

    private NodeClient(Home home, NodeFile file, @Nullable String authorization) {
        this(home, file.address(), file.pid(), authorization);
    }

    private NodeClient(Home home, String address, long pid, @Nullable String authorization) {
        this.home = home;
        this.authorization = authorization;
        this.address = address;
        this.pid = pid;
        this.http = connection();
    }

    private Http connection() {
        Map<String, String> headers = new HashMap<>();
        headers.put(
                "Rowhouse-User",
                System.getProperty("user.name", "cli").replaceAll("[^\\x21-\\x7e]", "?"));
        if (authorization != null) {
            headers.put("Authorization", authorization);
        }
        return new Http(address, headers);
    }

    /** The session that somebody has logged in to, else the node's token. */
    private static String authorization(Home home) {
        String session = SessionFile.read(home);
        return session == null ? Token.read(home.token()).header() : "Bearer " + session;
    }

    /**
     * The node that {@code home} says is up. Whether it still is, the first request shows.
     *
     * @throws RowhouseException NODE_UNAVAILABLE if none is up
     */
    static NodeClient of(Home home) {
        NodeFile file = NodeFile.read(home);
        if (file == null) {
            throw unavailable(home, null);
        }
        return new NodeClient(home, file, authorization(home));
    }

    /**
     * The same for what needs no token, such as logging in.
     *
     * @throws RowhouseException NODE_UNAVAILABLE if none is up
     */
    static NodeClient stranger(Home home) {
        NodeFile file = NodeFile.read(home);
        if (file == null) {
            throw unavailable(home, null);
        }
        return new NodeClient(home, file, null);
    }

    /** What answers at {@code address} with the token of {@code home}. */
    static NodeClient at(Home home, String address) {
        return new NodeClient(home, address, 0, Token.read(home.token()).header());
    }

    /**
     * The node of {@code home} if it answers; null if none is up. Waits for one that is being
     * started again after its death.
     */
    static @Nullable NodeClient find(Home home) {
        NodeFile file = NodeFile.read(home);
        if (file != null && ProcessHandle.of(file.pid()).isEmpty()) {
            file = awaitRestart(home, file);
        }
        if (file == null) {
            return null;
        }
        NodeClient client = new NodeClient(home, file, authorization(home));
        try {
            client.get("/health");
            return client;
        } catch (RowhouseException e) {
            if (e.code() == ErrorCode.UNAUTHORIZED && SessionFile.read(home) != null) {
                return client; // it is up; what is asked next says that the session is over
            }
            client.close();
            if (e.code() == ErrorCode.NODE_UNAVAILABLE) {
                return null;
            }
            throw e;
        }
    }

    /** Waits for the node that a supervisor starts in place of a dead one; null if none comes. */
    private static @Nullable NodeFile awaitRestart(Home home, NodeFile dead) {
        if (dead.supervisor() == null) {
            return null;
        }
        long endNs = System.nanoTime() + RESTART.toNanos();
        while (ProcessHandle.of(dead.supervisor()).isPresent() && System.nanoTime() < endNs) {
            NodeFile now = NodeFile.read(home);
            if (now != null && now.pid() != dead.pid()) {
                return now;
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        return null;
    }

    /** Turns to the node that took the place of one that died; false if there is none. */
    private boolean reconnect() {
        NodeFile file = NodeFile.read(home);
        if (file != null && ProcessHandle.of(file.pid()).isEmpty()) {
            file = awaitRestart(home, file);
        }
        if (file == null || (file.pid() == pid && file.address().equals(address))) {
            return false;
        }
        close();
        address = file.address();
        pid = file.pid();
        http = connection();
        return true;
    }

    /** Where the node answers. */
    String address() {
        return address;
    }

    JsonNode get(String path) {
        return send("GET", path, null, PATIENCE);
    }

    /** Asks for something that takes up to {@code wait} by design. */
    JsonNode get(String path, Duration wait) {
        return send("GET", path, null, wait.plus(PATIENCE));
    }

    JsonNode post(String path, @Nullable Object body) {
        return send("POST", path, json(body), PATIENCE);
    }

    JsonNode post(String path, @Nullable Object body, Duration wait) {
        return send("POST", path, json(body), wait.plus(PATIENCE));
    }

    JsonNode put(String path, Object body) {
        return send("PUT", path, json(body), PATIENCE);
    }

    JsonNode patch(String path, Object body) {
        return send("PATCH", path, json(body), PATIENCE);
    }

    JsonNode delete(String path) {
        return send("DELETE", path, null, PATIENCE);
    }

    /**
     * Writes a large answer to {@code sink} as it comes.
     *
     * @throws IOException if {@code sink} cannot be written
     */
    void download(String path, OutputStream sink) throws IOException {
        try {
            check(http.receive("GET", path, PATIENCE.multipliedBy(10), new Told(sink)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (EOFException e) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "The node broke its answer off: its log in " + home.logs() + " says why.",
                    e);
        } catch (IOException e) {
            throw unavailable(home, e);
        }
    }

    /** Tells failures of the sink from those of the connection. */
    private static final class Told extends FilterOutputStream {
        Told(OutputStream sink) {
            super(sink);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            try {
                out.write(bytes, from, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Http.@Nullable Body json(@Nullable Object body) {
        return body == null
                ? null
                : new Http.Body("application/json", JSON.writeValueAsBytes(body));
    }

    /** What was never sent, or only looks, is asked once more when the node is up again. */
    private Http.Response exchange(
            String method, String path, Http.@Nullable Body body, Duration patience)
            throws IOException {
        try {
            return http.send(method, path, body, patience);
        } catch (IOException e) {
            boolean harmless = e instanceof ConnectException || method.equals("GET");
            if (!harmless || e instanceof SocketTimeoutException || !reconnect()) {
                throw e;
            }
            return http.send(method, path, body, patience);
        }
    }

    private JsonNode send(String method, String path, Http.@Nullable Body body, Duration patience) {
        try {
            Http.Response response = exchange(method, path, body, patience);
            check(response);
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw unavailable(home, e);
        } catch (JacksonException e) {
            throw new RowhouseException(
                    ErrorCode.NODE_UNAVAILABLE,
                    "What answers at " + address + " is no node: see `rowhouse doctor`.",
                    e);
        }
    }

    /** Turns a problem back into the error that it was made from. */
    private void check(Http.Response response) {
        if (response.status() < 300) {
            return;
        }
        JsonNode problem;
        try {
            problem = JSON.readTree(response.body());
        } catch (JacksonException e) {
            problem = JSON.createObjectNode();
        }
        String detail = problem.path("detail").asString("");
        if (response.status() == ErrorCode.UNAUTHORIZED.httpStatus()
                && authorization != null
                && authorization.equals("Bearer " + SessionFile.read(home))) {
            detail += " (`rowhouse login`, or `rowhouse logout` to use the home's token again)";
        }
        throw new RowhouseException(
                code(problem.path("code").asString("")),
                detail.isEmpty()
                        ? "The node at "
                                + address
                                + " answered with status "
                                + response.status()
                                + "."
                        : detail);
    }

    private static ErrorCode code(String name) {
        try {
            return ErrorCode.valueOf(name);
        } catch (IllegalArgumentException e) {
            return ErrorCode.INTERNAL;
        }
    }

    private static RowhouseException unavailable(Home home, @Nullable IOException cause) {
        return new RowhouseException(
                ErrorCode.NODE_UNAVAILABLE,
                "No node "
                        + (cause == null ? "is up" : "answers")
                        + " on the home "
                        + home
                        + ": `rowhouse up` starts one, `rowhouse doctor` looks for what is wrong.",
                cause);
    }

    /** A path with its query; parameters that are null or empty are left out. */
    static String path(String path, Map<String, ? extends @Nullable Object> query) {
        StringJoiner joined = new StringJoiner("&", path + "?", "").setEmptyValue(path);
        query.forEach((name, value) -> {
            if (value != null && !value.toString().isEmpty()) {
                joined.add(name + "=" + encode(value.toString()));
            }
        });
        return joined.toString();
    }

    /** Text as one part of a path or query. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        try {
            http.close();
        } catch (IOException e) {
            // The connection is of no more use either way.
        }
    }
}
