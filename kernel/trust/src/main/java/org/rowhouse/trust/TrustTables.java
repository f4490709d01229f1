package org.rowhouse.trust;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/** The tables of certificates and tokens. */
final class TrustTables {
    private static final NamedSql SAVE = load("save-certificate");
    private static final NamedSql LOCK = load("lock-certificates");
    private static final NamedSql HOLDER = load("holder");
    private static final NamedSql ADDRESS_HOLDER = load("address-holder");
    private static final NamedSql CERTIFICATE = load("certificate");
    private static final NamedSql REVOKE = load("revoke");
    private static final NamedSql GOOD = load("good-certificates");
    private static final NamedSql REVOKED = load("revoked");
    private static final NamedSql CREATE_TOKEN = load("create-token");
    private static final NamedSql USE_TOKEN = load("use-token");
    private static final NamedSql TOKEN = load("token");
    private static final NamedSql CERTIFICATES = load("certificates");
    private static final NamedSql TOKENS = load("tokens");

    private TrustTables() {}

    private static NamedSql load(String name) {
        return NamedSql.load(TrustTables.class, "sql/" + name);
    }

    /** A certificate as the table has it. */
    record Recorded(String node, String role, @Nullable Instant revokedAt) {}

    /** A certificate that was revoked. */
    record Revoked(String node, String role, String serial) {}

    /** Work on a connection, in a transaction. */
    @FunctionalInterface
    interface Work<T> {
        T run(Connection sql) throws SQLException;
    }

    static <T> T transaction(Database database, Work<T> work) {
        try (Connection sql = database.connect("certificates")) {
            sql.setAutoCommit(false);
            try {
                T result = work.run(sql);
                sql.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                sql.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    static String serial(X509Certificate certificate) {
        return certificate.getSerialNumber().toString(16);
    }

    static void save(
            Connection sql, X509Certificate certificate, String node, String role, String by)
            throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("serial", serial(certificate));
        values.put("node", node);
        values.put("role", role);
        values.put("subject", certificate.getSubjectX500Principal().toString());
        values.put("addresses", CertificateNames.of(certificate));
        values.put("fingerprint", Secrets.fingerprint(certificate));
        values.put("not_before", certificate.getNotBefore().toInstant());
        values.put("not_after", certificate.getNotAfter().toInstant());
        values.put("issued_by", by);
        SAVE.execute(sql, values);
    }

    /** Lets one transaction at a time issue certificates. */
    static void lock(Connection sql) throws SQLException {
        LOCK.execute(sql, Map.of());
    }

    /**
     * Checks that no good certificate is in the way of one for a new node.
     *
     * @throws RowhouseException CONFLICT
     */
    static void requireFree(Connection sql, String node, String role, List<String> addresses)
            throws SQLException {
        String holder =
                HOLDER.first(
                        sql,
                        Map.of("node", node, "role", role, "addresses", addresses),
                        row -> row.getString("held").equals("name") ? "" : row.getString("node"));
        if (holder != null && holder.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "A node named '"
                            + node
                            + "' is in the cluster already: give another --name, or shut the old"
                            + " one out by `rowhouse certificates revoke`.");
        }
        if (holder != null) {
            throw addressTaken(holder);
        }
    }

    /**
     * Checks that no other node holds one of these addresses.
     *
     * @throws RowhouseException CONFLICT
     */
    static void requireAddressesFree(Connection sql, String node, List<String> addresses)
            throws SQLException {
        String holder =
                ADDRESS_HOLDER.first(
                        sql,
                        Map.of("node", node, "addresses", addresses),
                        row -> row.getString("node"));
        if (holder != null) {
            throw addressTaken(holder);
        }
    }

    private static RowhouseException addressTaken(String holder) {
        return new RowhouseException(
                ErrorCode.CONFLICT,
                "One of the addresses belongs to node '"
                        + holder
                        + "': give another --listen, or shut that node out by `rowhouse"
                        + " certificates revoke`.");
    }

    static @Nullable Recorded certificate(Connection sql, X509Certificate shown)
            throws SQLException {
        return CERTIFICATE.first(
                sql,
                Map.of("serial", serial(shown)),
                row ->
                        new Recorded(
                                row.getString("node"),
                                row.getString("role"),
                                NamedSql.instant(row, "revoked_at")));
    }

    static List<Revoked> revoke(Connection sql, String which, String user) throws SQLException {
        return REVOKE.rows(
                sql,
                Map.of("which", which, "user", user),
                row ->
                        new Revoked(
                                row.getString("node"),
                                row.getString("role"),
                                row.getString("serial")));
    }

    /** Whether a role still has a good certificate. */
    static boolean good(Connection sql, String role) throws SQLException {
        Long good = GOOD.first(sql, Map.of("role", role), row -> row.getLong("good"));
        return good != null && good > 0;
    }

    /** The serial numbers of all that are revoked, with since when. */
    static Map<BigInteger, Instant> revoked(Connection sql) throws SQLException {
        Map<BigInteger, Instant> all = new HashMap<>();
        REVOKED.rows(
                        sql,
                        Map.of(),
                        row ->
                                Map.entry(
                                        new BigInteger(row.getString("serial"), 16),
                                        Objects.requireNonNull(
                                                NamedSql.instant(row, "revoked_at"))))
                .forEach(one -> all.put(one.getKey(), one.getValue()));
        return all;
    }

    /** Records a token; gives when it expires. */
    static Instant createToken(Connection sql, String hash, String user, Duration life)
            throws SQLException {
        return Objects.requireNonNull(
                CREATE_TOKEN.first(
                        sql,
                        Map.of("hash", hash, "user", user, "ttl_ms", life.toMillis()),
                        row -> Objects.requireNonNull(NamedSql.instant(row, "expires_at"))));
    }

    /**
     * Uses a token up, in the caller's transaction.
     *
     * @throws RowhouseException UNAUTHORIZED with the reason
     */
    static void useToken(Connection sql, String hash, String node) throws SQLException {
        Object used =
                USE_TOKEN.first(
                        sql, Map.of("hash", hash, "node", node), row -> row.getString("hash"));
        if (used != null) {
            return;
        }
        String why =
                TOKEN.first(
                        sql,
                        Map.of("hash", hash),
                        row -> {
                            Instant at = NamedSql.instant(row, "used_at");
                            return at != null
                                    ? "was used already, by node '"
                                            + row.getString("used_by")
                                            + "' at "
                                            + at
                                    : "expired at " + NamedSql.instant(row, "expires_at");
                        });
        throw new RowhouseException(
                ErrorCode.UNAUTHORIZED,
                "The join token "
                        + (why == null ? "is not known here" : why)
                        + ": make a new one by `rowhouse token create`.");
    }

    static String certificates(Connection sql) throws SQLException {
        return json(sql, CERTIFICATES);
    }

    static String tokens(Connection sql) throws SQLException {
        return json(sql, TOKENS);
    }

    private static String json(Connection sql, NamedSql listing) throws SQLException {
        return Objects.requireNonNull(
                listing.first(
                        sql,
                        Map.of("most", TrustBounds.LISTED_MAX),
                        row -> Objects.requireNonNull(row.getString(1))));
    }
}
