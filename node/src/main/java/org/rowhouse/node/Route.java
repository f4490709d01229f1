package org.rowhouse.node;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a client may ask: both the server's routing and the OpenAPI description are made
 * from it, so they cannot differ.
 *
 * @param method GET, POST, PUT, PATCH or DELETE
 * @param path with {@code {name}} for what varies
 * @param name unique name, for generated clients
 * @param summary what it does, in one sentence
 * @param query its parameters; others are refused
 * @param body the record that the body is read into; null if there is none
 * @param answer what the answer holds, in one sentence
 * @param open whether it asks for no token, since the handler itself asks for a proof
 */
record Route(
        String method,
        String path,
        String name,
        String summary,
        List<Parameter> query,
        @Nullable Class<? extends Record> body,
        String answer,
        Handler handler,
        boolean open) {

    /** The same for callers without a token: its handler asks for another proof. */
    Route withoutToken() {
        return new Route(method, path, name, summary, query, body, answer, handler, true);
    }

    /** Answers one request. */
    @FunctionalInterface
    interface Handler {
        Answer handle(Call call) throws Exception;
    }

    static Route get(
            String path,
            String name,
            String summary,
            String answer,
            Handler handler,
            Parameter... query) {
        return new Route("GET", path, name, summary, List.of(query), null, answer, handler, false);
    }

    static Route post(
            String path,
            String name,
            String summary,
            @Nullable Class<? extends Record> body,
            String answer,
            Handler handler,
            Parameter... query) {
        return new Route("POST", path, name, summary, List.of(query), body, answer, handler, false);
    }

    static Route of(
            String method,
            String path,
            String name,
            String summary,
            @Nullable Class<? extends Record> body,
            String answer,
            Handler handler) {
        return new Route(method, path, name, summary, List.of(), body, answer, handler, false);
    }
}
