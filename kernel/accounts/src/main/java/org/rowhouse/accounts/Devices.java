package org.rowhouse.accounts;

import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.NamedSql;

/**
 * Devices and edge nodes as rows, each with a token of its own that can be revoked.
 *
 * <p>Owns table {@code device}. Every method may block. Safe for all threads. Throws {@link
 * RowhouseException} as the database's functions refuse, or if the database is away.
 */
public final class Devices {
    /** Devices that there may be, revoked ones included. */
    public static final int MOST = AccountBounds.DEVICES_MAX;

    private static final NamedSql ISSUE = AccountTables.load("issue-device");
    private static final NamedSql REVOKE = AccountTables.load("revoke-device");
    private static final NamedSql CHANGES = AccountTables.load("device-changes");

    private final AccountTables tables;

    Devices(AccountTables tables) {
        this.tables = tables;
    }

    /**
     * A new token.
     *
     * @param text what the device is given, and nobody keeps
     * @param key its SHA-256, hexadecimal, which the row keeps
     */
    public record NewToken(String text, String key) {
        @Override
        public String toString() {
            return "NewToken[hidden]";
        }
    }

    /**
     * A device as it is now.
     *
     * @param key the SHA-256 of its token
     * @param change its position in the order of changes
     * @param revokedAt since when it is refused; null if it is not
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Device(String name, byte[] key, long change, @Nullable Instant revokedAt) {}

    /** A random token, which is no device's yet. */
    public static NewToken newToken() {
        String text = Secrets.create(Secrets.DEVICE);
        return new NewToken(text, Secrets.hash(text));
    }

    /**
     * Gives a device a token.
     *
     * @param user who does so
     * @return the token, which is kept nowhere
     * @throws RowhouseException INVALID_ARGUMENT for a name that no device may have; CONFLICT if it
     *     has a token, or there are too many devices
     */
    public String issue(String name, String user) {
        NewToken token = newToken();
        Map<String, Object> values = Map.of("name", name, "key", token.key, "most", MOST);
        tables.transaction(
                user, connection -> ISSUE.first(connection, values, row -> row.getBoolean(1)));
        return token.text;
    }

    /**
     * Refuses a device's token from now on.
     *
     * @param user who does so
     * @throws RowhouseException NOT_FOUND; CONFLICT if it is revoked already
     */
    public void revoke(String name, String user) {
        Map<String, Object> values = Map.of("name", name);
        tables.transaction(
                user, connection -> REVOKE.first(connection, values, row -> row.getBoolean(1)));
    }

    /** The devices that changed after this position, in that order; not all if they are many. */
    public List<Device> changedAfter(long change) {
        Map<String, Object> values =
                Map.of("after", change, "most", AccountBounds.DEVICE_CHANGES_MAX);
        return tables.with(connection ->
                CHANGES.rows(
                        connection,
                        values,
                        row ->
                                new Device(
                                        row.getString("name"),
                                        HexFormat.of().parseHex(row.getString("key")),
                                        row.getLong("change"),
                                        NamedSql.instant(row, "revoked_at"))));
    }
}
