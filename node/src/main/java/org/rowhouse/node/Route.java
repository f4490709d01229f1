package org.rowhouse.node;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;

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
 * @param least the role that a caller needs; NONE: the handler itself asks for a proof
 * @param audited whether what fails here leaves a row in the audit; what is done, the handler notes
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
        Role least,
        boolean audited) {
    /** A file, a secret, what waits or takes a second, what depends on who asks, what watches. */
    private static final Set<String> NOT_WATCHABLE =
            Set.of(
                    "get_backup",
                    "get_connection",
                    "get_current_session",
                    "list_sessions",
                    "list_saved",
                    "get_saved",
                    "search_tasks",
                    "watch");

    private static final Pattern VARIABLE = Pattern.compile("\\{([a-z_]+)}");

    /** The same for callers of this role and those above it. */
    Route needs(Role other) {
        return new Route(method, path, name, summary, query, body, answer, handler, other, audited);
    }

    /** The same for callers without a token: its handler asks for another proof. */
    Route withoutToken() {
        return needs(Role.NONE).unaudited();
    }

    /** The same, which the audit does not tell of: nothing is changed, or others say who did. */
    Route unaudited() {
        return new Route(method, path, name, summary, query, body, answer, handler, least, false);
    }

    /** Whether it asks for no token. */
    boolean open() {
        return least == Role.NONE;
    }

    /** What paths it answers. */
    PathPattern pattern() {
        return new PathPattern(path);
    }

    /** What kind of thing it is about, as the audit has it: the path's first word, as one. */
    String kind() {
        String word = path.split("[/:]", -1)[1];
        return word.endsWith("ies")
                ? word.substring(0, word.length() - 3) + "y"
                : word.endsWith("xes")
                        ? word.substring(0, word.length() - 2)
                        : word.endsWith("s") && !word.equals("status")
                                ? word.substring(0, word.length() - 1)
                                : word;
    }

    /** The variable of the path that names the thing; null if it has none. */
    @Nullable String subject() {
        String last = null;
        for (Matcher variable = VARIABLE.matcher(path); variable.find(); ) {
            last = variable.group(1);
        }
        return last;
    }

    /** Whether its answer can be told again and again: it comes at once, and holds no secret. */
    boolean watchable() {
        return method.equals("GET")
                && !open()
                && !NOT_WATCHABLE.contains(name)
                && query.stream().noneMatch(one -> one.name().equals("wait"));
    }

    /** Answers one request. */
    @FunctionalInterface
    interface Handler {
        Answer handle(Call call) throws Exception;
    }

    /** One that only looks: viewers may. */
    static Route get(
            String path,
            String name,
            String summary,
            String answer,
            Handler handler,
            Parameter... query) {
        return new Route(
                "GET",
                path,
                name,
                summary,
                List.of(query),
                null,
                answer,
                handler,
                Role.VIEWER,
                false);
    }

    /** One that changes something: admins alone may, unless it {@link #needs} less. */
    static Route post(
            String path,
            String name,
            String summary,
            @Nullable Class<? extends Record> body,
            String answer,
            Handler handler,
            Parameter... query) {
        return new Route(
                "POST",
                path,
                name,
                summary,
                List.of(query),
                body,
                answer,
                handler,
                Role.ADMIN,
                true);
    }

    /** As {@link #post}, by another method. */
    static Route of(
            String method,
            String path,
            String name,
            String summary,
            @Nullable Class<? extends Record> body,
            String answer,
            Handler handler) {
        return new Route(
                method, path, name, summary, List.of(), body, answer, handler, Role.ADMIN, true);
    }
}
