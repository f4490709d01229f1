package org.rowhouse.trust;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;

/** How a home becomes one of a cluster's. */
public final class Joining {
    private Joining() {}

    /**
     * Joins: makes a key, shows the token to the node that it names, once that has proved to be of
     * the token's cluster, and keeps the certificate that comes back. A home that is in this
     * cluster already stays as it is, and the token is not used.
     *
     * @param node the name that the node is to have
     * @param listen the host at which it is to answer other machines; null if it is not
     * @throws RowhouseException CONFLICT if the home belongs to another cluster or has a database
     *     of its own, or the name is taken; UNAUTHORIZED if the token is not good;
     *     CERTIFICATE_REFUSED if what answers is of another cluster; NODE_UNAVAILABLE
     */
    public static void join(Home home, JoinToken token, String node, @Nullable String listen) {
        TrustFiles files = new TrustFiles(home);
        if (Membership.read(files) != null) {
            requireSame(home, files, token);
            return;
        }
        if (files.has(TrustFiles.AUTHORITY_KEY)
                || java.nio.file.Files.isDirectory(home.database())) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "The home "
                            + home
                            + " has a database of its own and cannot join another one: give a new"
                            + " --home.");
        }
        home.create();
        KeyPair key = Issuing.newKey();
        String role = NodeNames.role(node);
        List<String> addresses = listen == null ? List.of() : CertificateNames.listeningAt(listen);
        Admission.Answer answer =
                AuthorityClient.of(token)
                        .ask(
                                "/join",
                                new Admission.Join(
                                        token.secret(),
                                        node,
                                        Issuing.request(key, role),
                                        addresses));
        save(files, token.address(), token.host(), key, answer);
    }

    private static void requireSame(Home home, TrustFiles files, JoinToken token) {
        X509Certificate known = files.certificate(TrustFiles.AUTHORITY);
        if (!Secrets.fingerprint(known).equals(token.fingerprint())) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "The home "
                            + home
                            + " has joined another cluster ("
                            + known.getSubjectX500Principal()
                            + "): give a new --home.");
        }
    }

    /** Keeps an answer; the membership is written last, since with it the home has joined. */
    static Identity save(
            TrustFiles files, String api, String host, KeyPair key, Admission.Answer answer) {
        try {
            X509Certificate authority = Pem.certificate(answer.authority());
            files.write(TrustFiles.AUTHORITY, Pem.of(authority));
            files.write(TrustFiles.NODE_KEY, Pem.of(key.getPrivate()));
            if (answer.certificate() != null) {
                X509Certificate own = Pem.certificate(answer.certificate());
                own.verify(authority.getPublicKey());
                files.write(TrustFiles.NODE, Pem.of(own));
            }
            new Membership(
                            api,
                            answer.node(),
                            answer.role(),
                            host,
                            answer.databasePort(),
                            answer.databaseName())
                    .write(files);
            return Objects.requireNonNull(Identity.read(files));
        } catch (GeneralSecurityException e) {
            throw new RowhouseException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "The node at " + api + " sent a certificate that is not its authority's.",
                    e);
        }
    }
}
