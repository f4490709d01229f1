package org.rowhouse.accounts;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.NamedSql;

/**
 * Logging in and out: by name and password, or by a link that is good once. A session's secret is
 * shown to whoever opened it and kept nowhere.
 *
 * <p>Owns tables {@code session}, {@code login_link} and {@code login_failure}. Safe for all
 * threads; blocks on the database and while others hash passwords.
 */
public final class Sessions {
    private static final NamedSql BEGIN_LOGIN = AccountTables.load("begin-login");
    private static final NamedSql ACCOUNT = AccountTables.load("account");
    private static final NamedSql OPEN = AccountTables.load("open-session");
    private static final NamedSql END = AccountTables.load("end-session");
    private static final NamedSql CREATE_LINK = AccountTables.load("create-link");
    private static final NamedSql USE_LINK = AccountTables.load("use-link");
    private static final NamedSql LINK = AccountTables.load("link");

    private static final String LOGIN = "login";
    private static final String ENTER = "enter";
    private static final String ACCOUNT_KIND = "account";

    private final AccountTables tables;
    private final Audit audit;
    private final Passwords passwords;
    private final KnownSessions known;
    private volatile Runnable changed = () -> {};

    Sessions(AccountTables tables, Audit audit, Passwords passwords) {
        this.tables = tables;
        this.audit = audit;
        this.passwords = passwords;
        this.known = new KnownSessions(tables, System::nanoTime);
    }

    /**
     * A session that was opened just now.
     *
     * @param secret what shows it; this once
     */
    public record Opened(String secret, String name, Role role, Instant expiresAt) {
        @Override
        public String toString() {
            return "Opened[" + name + "]";
        }
    }

    /** A link that was made just now. */
    public record Link(String secret, Instant expiresAt) {
        @Override
        public String toString() {
            return "Link[hidden]";
        }
    }

    /** Who a link or a password belongs to. */
    private record Proved(
            @Nullable String account, String name, Role role, @Nullable Instant until) {}

    /** Whether a text can be the secret of a session at all. */
    public static boolean isSecret(String text) {
        return Secrets.fits(Secrets.SESSION, text);
    }

    /**
     * Who shows this secret. Costs a statement every few seconds at most; while the database does
     * not answer, a session that was good stays so for some minutes.
     *
     * @throws RowhouseException UNAUTHORIZED with the reason; an error of the database if it does
     *     not answer and the session is not known
     */
    public Caller find(String secret, String address) {
        return known.find(Secrets.hash(secret), address, true);
    }

    /** The same, which does not count as use of the session: it goes on lying idle. */
    public Caller look(String secret, String address) {
        return known.find(Secrets.hash(secret), address, false);
    }

    /** Calls {@code action}, which must not block, whenever some session may be over. */
    public void onChange(Runnable action) {
        changed = action;
    }

    /** Asks the database again about each session: some account or session has changed. */
    public void forget() {
        known.forget();
        changed.run();
    }

    /**
     * Logs in by name and password.
     *
     * @param address where the request comes from
     * @throws RowhouseException UNAUTHORIZED, the same for an unknown name and a wrong password;
     *     OVERLOADED after too many wrong ones
     */
    public Opened login(String name, String password, String address) {
        Audit.Action action = action(name, address, LOGIN);
        try {
            String checked = requireRightPassword(name, password, address);
            return tables.transaction(
                    name,
                    connection -> {
                        Present now = present(connection, name);
                        if (!checked.equals(now.password)) {
                            throw wrong(); // it was changed meanwhile
                        }
                        return open(
                                connection,
                                new Proved(name, name, now.role, null),
                                "password",
                                address,
                                LOGIN);
                    });
        } catch (RowhouseException e) {
            audit.failed(action, String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private static Audit.Action action(String name, String address, String action) {
        String shown = name.substring(0, Math.min(AccountBounds.NAME_LENGTH_MAX, name.length()));
        return new Audit.Action(
                Caller.nobody(shown.replaceAll("\\p{Cntrl}", "?"), address),
                action,
                ACCOUNT_KIND,
                List.of());
    }

    /**
     * Checks that somebody knows the password of the account that is logged in; wrong ones count as
     * failed logins.
     *
     * @throws RowhouseException UNAUTHORIZED, OVERLOADED
     */
    public void requirePassword(String name, String password, String address) {
        requireRightPassword(name, password, address);
    }

    /**
     * What is never hashed is no guess and is not counted: else it would push out, at no cost, the
     * failures of others.
     *
     * @return the hash that the password was compared with
     */
    private String requireRightPassword(String name, String password, String address) {
        boolean possible = name.length() <= AccountBounds.NAME_LENGTH_MAX && name.indexOf('\0') < 0;
        String hash =
                passwords.matching(
                        password, () -> possible ? countAndGetHash(name, address) : null);
        if (hash == null) {
            throw wrong();
        }
        return hash;
    }

    private static RowhouseException wrong() {
        return new RowhouseException(ErrorCode.UNAUTHORIZED, "The name or the password is wrong.");
    }

    private @Nullable String countAndGetHash(String name, String address) {
        record Begun(boolean refused, @Nullable String password) {}
        Map<String, Object> values =
                Map.of(
                        "account",
                        name,
                        "address",
                        Network.of(address),
                        "failures_max",
                        AccountBounds.FAILURES_MAX,
                        "wait_ms",
                        AccountBounds.FAILURE_WAIT.toMillis(),
                        "kept",
                        AccountBounds.FAILURES_KEPT);
        Begun begun =
                Objects.requireNonNull(
                        tables.with(connection ->
                                BEGIN_LOGIN.first(
                                        connection,
                                        values,
                                        row ->
                                                new Begun(
                                                        row.getBoolean("refused"),
                                                        row.getString("password")))));
        if (begun.refused) {
            throw new RowhouseException(
                    ErrorCode.OVERLOADED,
                    "More than "
                            + AccountBounds.FAILURES_MAX
                            + " logins in a row have failed for this name: wait a minute before"
                            + " the next.");
        }
        return begun.password;
    }

    private static RowhouseException disabled(String name) {
        return new RowhouseException(
                ErrorCode.UNAUTHORIZED,
                "The account '" + name + "' is disabled: an admin can enable it.");
    }

    /**
     * Makes a link that opens a session of the caller's account and role, once.
     *
     * @throws RowhouseException UNAUTHORIZED if the caller's session has ended; of the database
     */
    public Link createLink(Caller caller) {
        String secret = Secrets.create(Secrets.LINK);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("hash", Secrets.hash(secret));
        values.put("account", caller.account());
        values.put("name", caller.name());
        values.put("role", caller.role().sqlName());
        values.put("ttl_ms", AccountBounds.LINK_LIFE.toMillis());
        values.put("session_ms", AccountBounds.SESSION_LIFE.toMillis());
        values.put("until", caller.expiresAt());
        values.put("session", caller.session());
        Instant expiresAt =
                tables.<Instant>transaction(
                        caller.name(),
                        connection -> {
                            Instant until =
                                    CREATE_LINK.first(
                                            connection, values, row -> time(row, "expires_at"));
                            if (until == null) {
                                throw new RowhouseException(
                                        ErrorCode.UNAUTHORIZED,
                                        "The session has ended: log in again.");
                            }
                            Audit.note(
                                    connection,
                                    new Audit.Action(caller, "create_link", "link", List.of()),
                                    null,
                                    null,
                                    Audit.Outcome.DONE,
                                    null);
                            return until;
                        });
        return new Link(secret, expiresAt);
    }

    /**
     * Uses a link up.
     *
     * @throws RowhouseException UNAUTHORIZED with the reason
     */
    public Opened enter(String link, String address) {
        String hash = Secrets.hash(link);
        Audit.Action action = action("", address, ENTER);
        try {
            return tables.transaction(
                    "link",
                    connection -> {
                        Proved proved =
                                USE_LINK.first(
                                        connection,
                                        Map.of("hash", hash, "address", address),
                                        row ->
                                                new Proved(
                                                        row.getString("account"),
                                                        row.getString("name"),
                                                        Role.of(row.getString("role")),
                                                        time(row, "session_until")));
                        if (proved == null) {
                            throw notGood(connection, hash);
                        }
                        return open(connection, asNow(connection, proved), "link", address, ENTER);
                    });
        } catch (RowhouseException e) {
            audit.failed(action, String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private static Instant time(java.sql.ResultSet row, String column) throws SQLException {
        return Objects.requireNonNull(NamedSql.instant(row, column));
    }

    /** With the role that the account has now. */
    private static Proved asNow(Connection connection, Proved proved) throws SQLException {
        String account = proved.account;
        return account == null
                ? proved
                : new Proved(account, proved.name, present(connection, account).role, proved.until);
    }

    /** An account as it is now, which stays so until the transaction's end. */
    private record Present(Role role, @Nullable String password) {}

    private static Present present(Connection connection, String account) throws SQLException {
        Present now =
                ACCOUNT.first(
                        connection,
                        Map.of("name", account),
                        row ->
                                new Present(
                                        row.getBoolean("disabled")
                                                ? Role.NONE
                                                : Role.of(row.getString("role")),
                                        row.getString("password")));
        if (now == null || now.role == Role.NONE) {
            throw disabled(account);
        }
        return now;
    }

    private static RowhouseException notGood(Connection connection, String hash)
            throws SQLException {
        Boolean used = LINK.first(connection, Map.of("hash", hash), row -> row.getBoolean("used"));
        return new RowhouseException(
                ErrorCode.UNAUTHORIZED,
                "The link "
                        + (used == null
                                ? "is not known here"
                                : used ? "was used already" : "has expired")
                        + ": make a new one by `rowhouse console`, or log in by name and"
                        + " password.");
    }

    private static Opened open(
            Connection connection, Proved proved, String via, String address, String action)
            throws SQLException {
        String secret = Secrets.create(Secrets.SESSION);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("hash", Secrets.hash(secret));
        values.put("account", proved.account);
        values.put("name", proved.name);
        values.put("role", proved.role.sqlName());
        values.put("via", via);
        values.put("address", address);
        values.put("network", Network.of(address));
        values.put("life_ms", AccountBounds.SESSION_LIFE.toMillis());
        values.put("until", proved.until);
        values.put("most", AccountBounds.SESSIONS_MAX);
        record Row(long number, Instant expiresAt) {}
        Row row =
                Objects.requireNonNull(
                        OPEN.first(
                                connection,
                                values,
                                one -> new Row(one.getLong("number"), time(one, "expires_at"))));
        Caller caller =
                new Caller(
                        proved.name,
                        proved.role,
                        Caller.Via.SESSION,
                        address,
                        proved.account,
                        row.number,
                        row.expiresAt);
        Audit.note(
                connection,
                new Audit.Action(caller, action, "session", List.of(Long.toString(row.number))),
                null,
                null,
                Audit.Outcome.DONE,
                null);
        return new Opened(secret, proved.name, proved.role, row.expiresAt);
    }

    /**
     * Ends a session.
     *
     * @param account whose it must be; null: anybody's
     * @throws RowhouseException NOT_FOUND if there is no such open session
     */
    public void end(Caller caller, long number, @Nullable String account, String action) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("number", number);
        values.put("account", account);
        Audit.Action noted =
                new Audit.Action(caller, action, "session", List.of(Long.toString(number)));
        tables.transaction(
                caller.name(),
                connection -> {
                    String before = Audit.image(connection, noted);
                    END.execute(connection, values);
                    Audit.note(connection, noted, before, null, Audit.Outcome.DONE, null);
                    return true;
                });
        forget();
    }
}
