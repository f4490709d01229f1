package org.rowhouse.trust;

import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.ServerTls;

/** What the node with the cluster's authority does for others. Safe for all threads. */
public final class AuthorityService {
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}\"]+");
    private static final String DATABASE = "rowhouse";

    private final Trust trust;
    private final Authority authority;
    private final Database database;
    private final Semaphore joins = new Semaphore(TrustBounds.JOINS_MAX, true);

    AuthorityService(Trust trust, Authority authority, Database database) {
        this.trust = trust;
        this.authority = authority;
        this.database = database;
    }

    /**
     * A token, to be shown once.
     *
     * @param text the whole token; never log it
     */
    public record Created(String text, Instant expiresAt) {
        @Override
        public String toString() {
            return "Created[hidden, " + expiresAt + "]";
        }
    }

    private <T> T transaction(TrustTables.Work<T> work) {
        return TrustTables.transaction(database, work);
    }

    /** Records the node's own certificate, and keeps out what was revoked before a crash. */
    void start(@Nullable Identity own) {
        transaction(sql -> {
            if (own != null) {
                TrustTables.save(
                        sql,
                        own.certificate(),
                        trust.node(),
                        NodeNames.role(trust.node()),
                        "authority");
            }
            return true;
        });
        enforce();
    }

    /** Gives the database the certificates as they are now. */
    void publish() {
        ServerTls tls = trust.serverTls();
        if (tls != null && database.embedded()) {
            database.renew(tls);
        }
    }

    private void enforce() {
        Map<BigInteger, Instant> revoked = transaction(TrustTables::revoked);
        if (authority.revoke(revoked)) {
            publish();
        }
    }

    /**
     * Makes a join token.
     *
     * @param port of the API at the node's address for other machines
     * @param life how long it may be used
     * @throws RowhouseException INVALID_ARGUMENT, CONFLICT if the node answers its own machine only
     */
    public Created createToken(int port, Duration life, String user) {
        if (life.compareTo(TrustBounds.TOKEN_LIFE_MIN) < 0
                || life.compareTo(TrustBounds.TOKEN_LIFE_MAX) > 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A join token may live from "
                            + TrustBounds.TOKEN_LIFE_MIN.toSeconds()
                            + " s to "
                            + TrustBounds.TOKEN_LIFE_MAX.toDays()
                            + " days.");
        }
        if (trust.listen() == null || trust.addresses().isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "This node answers its own machine only, so no other one could use a token:"
                            + " start it by `rowhouse up --listen ADDRESS:PORT`.");
        }
        JoinToken token =
                JoinToken.create(
                        trust.addresses().getFirst(),
                        port,
                        Secrets.fingerprint(authority.certificate()));
        Instant expires =
                transaction(sql ->
                        TrustTables.createToken(sql, JoinToken.hash(token.secret()), user, life));
        return new Created(token.reveal(), expires);
    }

    /** How long a token lives when its maker does not say. */
    public static Duration tokenLife() {
        return TrustBounds.TOKEN_LIFE;
    }

    /**
     * Lets a new node in: uses its token up, issues its certificate and makes its role.
     *
     * @throws RowhouseException UNAUTHORIZED if the token is not good; CONFLICT if the name or an
     *     address belongs to a node that is in; INVALID_ARGUMENT. The token stays good then, except
     *     after UNAUTHORIZED
     */
    public Admission.Answer join(Admission.Join asked) {
        try {
            if (!joins.tryAcquire(TrustBounds.JOIN_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new RowhouseException(
                        ErrorCode.OVERLOADED, "Too many nodes want to join at once: try again.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.STOPPING, "The node is stopping.", e);
        }
        try {
            return admit(asked);
        } finally {
            joins.release();
        }
    }

    private Admission.Answer admit(Admission.Join asked) {
        String node = asked.node() == null ? "" : asked.node();
        if (!NAME.matcher(node).matches() || node.length() > TrustBounds.NAME_LENGTH_MAX) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A node's name has 1 to "
                            + TrustBounds.NAME_LENGTH_MAX
                            + " characters, without quotes and control characters.");
        }
        String hash = JoinToken.hash(asked.secret() == null ? "" : asked.secret());
        String role = NodeNames.role(node);
        X509Certificate issued =
                transaction(sql -> {
                    TrustTables.useToken(sql, hash, node);
                    TrustTables.lock(sql);
                    PublicKey key = requested(asked.request());
                    List<String> addresses = checked(asked.addresses());
                    TrustTables.requireFree(sql, node, role, addresses);
                    X509Certificate fresh = authority.issue(key, role, addresses);
                    TrustTables.save(sql, fresh, node, role, "token");
                    if (database.embedded()) {
                        database.admit(role);
                    }
                    return fresh;
                });
        return answer(node, role, issued);
    }

    /**
     * Renews a node's certificate, or only says where the database is.
     *
     * @param shown the certificate by which the node proved itself; null if it did not
     * @throws RowhouseException CERTIFICATE_REFUSED if it showed none, or one that is revoked or
     *     not known
     */
    public Admission.Answer renew(@Nullable X509Certificate shown, Admission.Renew asked) {
        if (shown == null) {
            throw new RowhouseException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "Only a node may ask this, and no client certificate was shown: join by"
                            + " `rowhouse up --join`.");
        }
        return transaction(sql -> {
            TrustTables.lock(sql);
            TrustTables.Recorded known = TrustTables.certificate(sql, shown);
            if (known == null || known.revokedAt() != null) {
                throw new RowhouseException(
                        ErrorCode.CERTIFICATE_REFUSED,
                        "The certificate "
                                + AuthorityClient.describe(shown)
                                + (known == null
                                        ? " is not known here"
                                        : " was revoked at " + known.revokedAt())
                                + ": join anew with a new token if that was a mistake.");
            }
            X509Certificate fresh = null;
            if (asked.request() != null) {
                PublicKey key = requested(asked.request());
                List<String> addresses = checked(asked.addresses());
                TrustTables.requireAddressesFree(sql, known.node(), addresses);
                fresh = authority.issue(key, known.role(), addresses);
                TrustTables.save(sql, fresh, known.node(), known.role(), "renewal");
            }
            return answer(known.node(), known.role(), fresh);
        });
    }

    private static PublicKey requested(@Nullable String request) {
        return Issuing.requested(request == null ? "" : request);
    }

    private static List<String> checked(@Nullable List<String> addresses) {
        return CertificateNames.checked(addresses == null ? List.of() : addresses);
    }

    private Admission.Answer answer(
            String node, String role, @Nullable X509Certificate certificate) {
        boolean embedded = database.embedded();
        return new Admission.Answer(
                node,
                certificate == null ? null : Pem.of(certificate),
                Pem.of(authority.certificate()),
                role,
                embedded ? database.port().orElseThrow() : null,
                embedded ? DATABASE : null);
    }

    /**
     * Shuts a node out, or one of its certificates: neither the database nor the API takes it any
     * more, and its connections end.
     *
     * @param which the node's name or a serial number
     * @return how many certificates were revoked
     * @throws RowhouseException NOT_FOUND; CONFLICT for this node's own
     */
    public int revoke(String which, String user) {
        List<TrustTables.Revoked> revoked =
                transaction(sql -> {
                    List<TrustTables.Revoked> all = TrustTables.revoke(sql, which, user);
                    if (all.stream().anyMatch(one -> one.node().equals(trust.node()))) {
                        throw new RowhouseException(
                                ErrorCode.CONFLICT,
                                "That is the certificate of this node, which holds the authority:"
                                        + " it cannot shut itself out.");
                    }
                    return all;
                });
        if (revoked.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no good certificate of a node or with a serial number '"
                            + which
                            + "': `rowhouse certificates` lists them.");
        }
        enforce();
        if (database.embedded()) {
            revoked.stream().map(TrustTables.Revoked::role).distinct().forEach(this::cutOff);
        }
        return revoked.size();
    }

    /** Ends the sessions of a role; it may come back if it has another good certificate. */
    private void cutOff(String role) {
        database.shutOut(role);
        boolean good = transaction(sql -> TrustTables.good(sql, role));
        if (good) {
            database.admit(role);
        }
    }
}
