package org.rowhouse.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Caller;
import org.rowhouse.accounts.Role;
import org.rowhouse.accounts.Sessions;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Logging in and out. */
final class SessionRoutes {
    private final Sessions sessions;
    private final Listings listings;

    SessionRoutes(Sessions sessions, Listings listings) {
        this.sessions = sessions;
        this.listings = listings;
    }

    record Login(
            @Described("The account's name.") String name,
            @Described("Its password.") String password) {
        @Override
        public String toString() {
            return "Login[" + name + "]";
        }
    }

    record Enter(@Described("The secret of a link that was made by create_link.") String link) {
        @Override
        public String toString() {
            return "Enter[hidden]";
        }
    }

    List<Route> list() {
        String opened =
                "secret, which is shown this once and sent from then on as `Authorization: Bearer"
                        + " SECRET`; name, role and expires_at.";
        return List.of(
                Route.post(
                                "/sessions",
                                "login",
                                "Opens a session by name and password. Needs no token.",
                                Login.class,
                                opened,
                                this::login)
                        .withoutToken(),
                Route.post(
                                "/sessions/enter",
                                "enter",
                                "Opens a session by a link, which is good once. Needs no token.",
                                Enter.class,
                                opened,
                                this::enter)
                        .withoutToken(),
                Route.get(
                        "/sessions/current",
                        "get_current_session",
                        "Says who asks.",
                        "name, role, via (token or session), session and expires_at.",
                        call -> current(call.caller())),
                Route.of(
                                "DELETE",
                                "/sessions/current",
                                "logout",
                                "Ends the session that is shown.",
                                null,
                                "Its number.",
                                this::logout)
                        .needs(Role.VIEWER)
                        .unaudited(), // notes itself
                Route.get(
                        "/sessions",
                        "list_sessions",
                        "Lists the sessions, newest first: an admin sees all, others their own.",
                        "An array; state is open, ended or expired.",
                        this::list),
                Route.of(
                                "DELETE",
                                "/sessions/{number}",
                                "end_session",
                                "Ends a session: an admin any, others their own.",
                                null,
                                "Its number.",
                                this::end)
                        .needs(Role.VIEWER),
                Route.post(
                                "/links",
                                "create_link",
                                "Makes a link that opens a session of the caller's own account and"
                                        + " role, once, within a minute.",
                                null,
                                "secret, path (of the console with it) and expires_at.",
                                this::createLink)
                        .needs(Role.VIEWER));
    }

    private Answer login(Call call) {
        Login body = call.body(Login.class);
        return opened(
                sessions.login(
                        Required.field("name", body.name()),
                        Required.field("password", body.password()),
                        call.address()));
    }

    private Answer enter(Call call) {
        Enter body = call.body(Enter.class);
        return opened(sessions.enter(Required.field("link", body.link()), call.address()));
    }

    private static Answer opened(Sessions.Opened opened) {
        return Answer.ok(
                Map.of(
                        "secret", opened.secret(),
                        "name", opened.name(),
                        "role", opened.role().sqlName(),
                        "expires_at", opened.expiresAt().toString()));
    }

    private static Answer current(Caller caller) {
        Map<String, @Nullable Object> answer = new HashMap<>();
        answer.put("name", caller.name());
        answer.put("role", caller.role().sqlName());
        answer.put("via", caller.via().sqlName());
        answer.put("session", caller.session());
        answer.put("account", caller.account());
        answer.put("expires_at", caller.expiresAt() == null ? null : caller.expiresAt().toString());
        return Answer.ok(answer);
    }

    private Answer logout(Call call) {
        Long number = call.caller().session();
        if (number == null) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "The node's token is no session and does not end: stop sending it.");
        }
        sessions.end(call.caller(), number, null, "logout");
        return Answer.ok(Map.of("number", number));
    }

    private Answer list(Call call) {
        return Answer.json(
                Objects.requireNonNull(
                        listings.json("sessions", whose(call, NodeBounds.PAGE_ROWS_MAX))));
    }

    private static Map<String, @Nullable Object> whose(Call call, int most) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("all", call.caller().role() == Role.ADMIN);
        values.put("account", call.caller().account());
        values.put("own", call.caller().session());
        values.put("most", most);
        return values;
    }

    private Answer end(Call call) {
        long number = number(call.path("number"));
        Caller caller = call.caller();
        boolean any = caller.role() == Role.ADMIN;
        // Without an account the caller has one session, and it is an admin's.
        sessions.end(caller, number, any ? null : caller.account(), "end_session");
        call.noted(true);
        return Answer.ok(Map.of("number", number));
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A session is named by its number, but this is '" + text + "'.",
                    e);
        }
    }

    private Answer createLink(Call call) {
        Sessions.Link link = sessions.createLink(call.caller());
        call.noted(true);
        return Answer.ok(
                Map.of(
                        "secret", link.secret(),
                        "path", "/console/#enter=" + link.secret(),
                        "expires_at", link.expiresAt().toString()));
    }
}
