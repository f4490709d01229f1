package org.rowhouse.node;

import java.net.URI;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Caller;
import org.rowhouse.accounts.Sessions;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Decides who may ask. A web page that a user happens to visit can send requests to loopback
 * addresses, even under a name of its own that points there (DNS rebinding). Such requests carry
 * that page's name in {@code Host} or {@code Origin}: they are turned away before the token is
 * looked at.
 */
final class Guard {
    private static final String BEARER = "Bearer ";

    private final Token token;
    private final @Nullable Sessions sessions;
    private final Set<String> hosts;

    /**
     * @param sessions whose secrets do as well as the token; null: none
     * @param names the hosts and addresses that the server answers at; requests to them or to a
     *     loopback name pass
     */
    Guard(Token token, @Nullable Sessions sessions, Collection<String> names) {
        this.token = token;
        this.sessions = sessions;
        Set<String> all = new HashSet<>(Set.of("127.0.0.1", "localhost", "[::1]"));
        names.forEach(name -> all.add(bracketed(name)));
        this.hosts = Set.copyOf(all);
    }

    /**
     * Turns away what comes from elsewhere.
     *
     * @return null if it may pass
     */
    @Nullable Problem refuse(@Nullable String host, @Nullable String origin) {
        if (host == null || !hosts.contains(withoutPort(host))) {
            return foreign("Host", host);
        }
        if (origin != null && !hosts.contains(originHost(origin))) {
            return foreign("Origin", origin);
        }
        return null;
    }

    /**
     * Who asks: whoever shows the node's token, or the secret of a session.
     *
     * @param authorization the header of that name
     * @param name the name that the client gives; counts with the token alone
     * @param address where the request comes from
     * @throws RowhouseException UNAUTHORIZED
     */
    Caller caller(@Nullable String authorization, String name, String address) {
        return caller(authorization, name, address, true);
    }

    /** The same for one who goes on listening, which is no use of a session. */
    Caller listener(@Nullable String authorization, String name, String address) {
        return caller(authorization, name, address, false);
    }

    private Caller caller(
            @Nullable String authorization, String name, String address, boolean used) {
        if (token.admits(authorization)) {
            return Caller.token(name, address);
        }
        String shown =
                authorization != null
                                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                        ? authorization.substring(BEARER.length()).strip()
                        : "";
        if (sessions != null && Sessions.isSecret(shown)) {
            return used ? sessions.find(shown, address) : sessions.look(shown, address);
        }
        throw new RowhouseException(
                ErrorCode.UNAUTHORIZED,
                (authorization == null
                                ? "The request shows no token"
                                : "The token is not this node's")
                        + ": send `Authorization: Bearer TOKEN` with the text in the file token"
                        + " of the node's home, or the secret of a session.");
    }

    private static Problem foreign(String header, @Nullable String value) {
        String shown =
                value == null
                        ? "missing"
                        : "'" + value.substring(0, Math.min(100, value.length())) + "'";
        return Problem.of(
                ErrorCode.UNAUTHORIZED,
                403,
                "The header "
                        + header
                        + " is "
                        + shown
                        + ", which is not this node: ask the address that it listens at.");
    }

    private static String withoutPort(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        int end = lower.startsWith("[") ? lower.indexOf(']') + 1 : lower.indexOf(':');
        return end <= 0 ? lower : lower.substring(0, end);
    }

    private static String originHost(String origin) {
        try {
            String host = URI.create(origin).getHost();
            return host == null ? "" : bracketed(host.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static String bracketed(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.contains(":") && !lower.startsWith("[") ? "[" + lower + "]" : lower;
    }
}
