package org.rowhouse.trust;

import java.io.Closeable;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migration;
import org.rowhouse.store.ServerTls;

/**
 * A node's part in its cluster's certificates. It is one of three kinds: alone (this machine only:
 * no certificates at all), the one that made the cluster and holds its authority, or joined.
 *
 * <p>Owns tables {@code certificate} and {@code join_token}, and {@code HOME/trust}. A node's own
 * certificate is renewed at the start and while it runs, a third of its life before it ends.
 */
public final class Trust implements Closeable {
    /** This part of the schema. */
    public static final List<Migration> MIGRATIONS =
            List.of(Migration.load(Trust.class, 250, "migrations/0250-trust.sql"));

    private static final System.Logger LOG = System.getLogger(Trust.class.getName());

    private final TrustFiles files;
    private final String node;
    private final @Nullable String listen;
    private final List<String> addresses;
    private final Clock clock;
    private final @Nullable Authority authority;
    private volatile @Nullable Identity identity;
    private volatile @Nullable Membership membership;
    private volatile @Nullable AuthorityService service;
    private @Nullable Thread renewer;
    private @Nullable Database database;

    private Trust(Home home, String node, @Nullable String listen, Clock clock) {
        this.files = new TrustFiles(home);
        this.listen = listen;
        this.addresses = listen == null ? List.of() : CertificateNames.listeningAt(listen);
        this.clock = clock;
        this.membership = Membership.read(files);
        this.node = membership == null ? node : membership.node();
        Authority found = membership == null ? Authority.read(files, clock) : null;
        boolean needed = membership == null && found == null && listen != null;
        this.authority = needed ? Authority.create(files, clock) : found;
        this.identity = Identity.read(files);
    }

    /**
     * What the home holds. A node that is to answer other machines and has joined no cluster makes
     * a new one's authority. Renews the node's certificate if it is due; a joined node asks for
     * that, and goes on with the old one if nobody answers.
     *
     * @param node its name
     * @param listen the host at which it is to answer other machines; null if it is not
     * @throws RowhouseException HOME_UNUSABLE; CERTIFICATE_REFUSED if the certificate has expired
     *     and cannot be renewed, or is refused
     */
    public static Trust open(Home home, String node, @Nullable String listen, Clock clock) {
        Trust trust = new Trust(home, node, listen, clock);
        trust.renew(true);
        return trust;
    }

    /** The name under which the cluster knows the node. */
    public String node() {
        return node;
    }

    /**
     * The embedded database of the cluster that the home has joined; null if it has joined none, or
     * one whose database is a server of its own.
     */
    public static @Nullable String databaseUrl(Home home) {
        TrustFiles files = new TrustFiles(home);
        Membership joined = Membership.read(files);
        return joined == null ? null : joined.databaseUrl(files);
    }

    /** Whether the home has joined a cluster by a token. */
    public static boolean hasJoined(Home home) {
        return new TrustFiles(home).has(TrustFiles.CLUSTER);
    }

    /** What the embedded database needs to answer other machines; null if it is not to. */
    public @Nullable ServerTls serverTls() {
        Identity own = identity;
        if (authority == null || listen == null || own == null) {
            return null;
        }
        return new ServerTls(
                listen,
                own.chain(),
                Pem.of(own.key()),
                Pem.of(own.authority()),
                Objects.requireNonNull(files.read(TrustFiles.REVOKED)));
    }

    /**
     * TLS for the API: shows the node's certificate, and takes one of a node of the same cluster if
     * it is shown. Null if the node answers this machine only.
     */
    public @Nullable SSLContext serverContext() {
        Identity own = identity;
        return listen == null || own == null
                ? null
                : ShownIdentity.context(this::identity, ClusterTrust.of(own.authority()));
    }

    /**
     * TLS among the cluster's nodes, for both ends: shows the node's certificate and trusts those
     * of the same authority. Null if the node has no certificate.
     */
    public @Nullable SSLContext memberContext() {
        Identity own = identity;
        return own == null
                ? null
                : ShownIdentity.context(this::identity, ClusterTrust.of(own.authority()));
    }

    /** The common name that the certificate of a node of this name shows. */
    public static String shownAs(String node) {
        return NodeNames.role(node);
    }

    private Identity identity() {
        return Objects.requireNonNull(identity);
    }

    /** Hosts and addresses by which other machines may ask the node. */
    public List<String> addresses() {
        return addresses;
    }

    /** The host at which the node answers other machines; null if it does not. */
    public @Nullable String listen() {
        return listen;
    }

    /** Records what was issued, keeps revoked nodes out, and renews from now on. */
    public void attach(Database database) {
        this.database = database;
        if (authority != null) {
            service = new AuthorityService(this, authority, database);
            service.start(identity);
        }
        if (authority != null || membership != null) {
            renewer =
                    Thread.ofPlatform().name("certificates").daemon(true).start(this::renewForEver);
        }
    }

    /**
     * The part that issues certificates.
     *
     * @throws RowhouseException CONFLICT if this node does not hold the authority
     */
    public AuthorityService authority() {
        AuthorityService here = service;
        if (here != null) {
            return here;
        }
        Membership joined = membership;
        throw new RowhouseException(
                ErrorCode.CONFLICT,
                joined == null
                        ? "This node answers its own machine only, so the cluster has no"
                                + " certificates: start it by `rowhouse up --listen ADDRESS:PORT`."
                        : "The cluster's authority is at "
                                + joined.api()
                                + ": give the command there.");
    }

    /** All certificates, newest first, as a JSON array. */
    public String certificates() {
        return TrustTables.transaction(
                Objects.requireNonNull(database, "attach comes first"), TrustTables::certificates);
    }

    /** The join tokens without their secrets, newest first, as a JSON array. */
    public String tokens() {
        return TrustTables.transaction(
                Objects.requireNonNull(database, "attach comes first"), TrustTables::tokens);
    }

    private void renewForEver() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(TrustBounds.LOOK_EVERY);
                renew(false);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the node''s certificate could not be renewed: {0}",
                        e.getMessage());
            }
        }
    }

    /** Renews what is due. A joined node that starts also asks where the database is now. */
    void renew(boolean starting) {
        Identity own = identity;
        if (membership != null && own != null) {
            renewByAsking(membership, own, starting);
        } else if (authority != null && (listen != null || own != null)) {
            List<String> names = listen == null && own != null ? namesOf(own) : addresses;
            if (own == null || own.due(names, clock)) {
                renewOwn(authority, own, names);
            }
        }
    }

    private static List<String> namesOf(Identity own) {
        return CertificateNames.of(own.certificate());
    }

    private void renewOwn(Authority by, @Nullable Identity own, List<String> names) {
        KeyPair key = own == null ? Identity.newKey(files) : own.keys();
        X509Certificate fresh = by.issue(key.getPublic(), NodeNames.role(node), names);
        files.write(TrustFiles.NODE, Pem.of(fresh));
        identity = new Identity(key.getPrivate(), fresh, by.certificate());
        AuthorityService running = service;
        if (running != null) {
            running.start(identity);
            running.publish();
        }
    }

    private void renewByAsking(Membership joined, Identity own, boolean starting) {
        boolean due = own.due(addresses, clock);
        if (!due && !starting) {
            return;
        }
        try {
            Admission.Answer answer =
                    AuthorityClient.of(joined.api(), own)
                            .ask(
                                    "/certificates/renew",
                                    new Admission.Renew(
                                            due ? Issuing.request(own.keys(), joined.role()) : null,
                                            addresses));
            identity = Joining.save(files, joined.api(), joined.host(), own.keys(), answer);
            membership = Membership.read(files);
        } catch (RowhouseException e) {
            boolean needed = own.expired(clock) || !namesOf(own).containsAll(addresses);
            if (e.code() != ErrorCode.NODE_UNAVAILABLE || needed) {
                throw e;
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The cluster''s authority does not answer; the node''s certificate is good"
                            + " until {0}. {1}",
                    own.certificate().getNotAfter().toInstant(),
                    e.getMessage());
        }
    }

    @Override
    public void close() {
        Thread running = renewer;
        if (running != null) {
            running.interrupt();
        }
    }
}
