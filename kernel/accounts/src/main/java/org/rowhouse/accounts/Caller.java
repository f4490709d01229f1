package org.rowhouse.accounts;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Who asks.
 *
 * @param name the account's name, or the name that the holder of a node's token gives
 * @param via how the caller proved it
 * @param address the network address that the request comes from
 * @param account the account; null for a node's token and for sessions opened by its links
 * @param session the number of the session; null if there is none
 * @param expiresAt when the session ends at the latest; null if there is none
 */
public record Caller(
        String name,
        Role role,
        Via via,
        String address,
        @Nullable String account,
        @Nullable Long session,
        @Nullable Instant expiresAt) {
    /** How a caller proves who it is. */
    public enum Via {
        NONE,
        TOKEN,
        SESSION;

        /** Its name in tables and in JSON. */
        public String sqlName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Somebody who has proved nothing. */
    public static Caller nobody(String name, String address) {
        return new Caller(name, Role.NONE, Via.NONE, address, null, null, null);
    }

    /**
     * Whoever holds the node's token, and so may do everything.
     *
     * @param name as the client gives it; it proves nothing
     */
    public static Caller token(String name, String address) {
        return new Caller(name, Role.ADMIN, Via.TOKEN, address, null, null, null);
    }

    Caller at(String otherAddress) {
        return new Caller(name, role, via, otherAddress, account, session, expiresAt);
    }

    /** Whose saved things are this caller's; empty for holders of a token. */
    public String saver() {
        return account == null ? "" : account;
    }
}
