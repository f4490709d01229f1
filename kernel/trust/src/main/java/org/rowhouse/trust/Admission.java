package org.rowhouse.trust;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What nodes say to each other about certificates, as JSON. */
public final class Admission {
    private Admission() {}

    /**
     * A new node asks to join.
     *
     * @param secret of its token
     * @param node its name
     * @param request for a certificate (PKCS #10, PEM)
     * @param addresses where it answers; empty if it only asks
     */
    public record Join(
            @Nullable String secret,
            @Nullable String node,
            @Nullable String request,
            @Nullable List<String> addresses) {
        @Override
        public String toString() {
            return "Join[" + node + "]";
        }
    }

    /**
     * A node that has joined, and shows its certificate, asks how things are.
     *
     * @param request for a new certificate; null if it needs none
     * @param addresses where it answers
     */
    public record Renew(@Nullable String request, @Nullable List<String> addresses) {}

    /**
     * The answer to both.
     *
     * @param node its name, as the cluster has recorded it
     * @param certificate the new one, PEM; null if none was asked for
     * @param authority the cluster's, PEM
     * @param role by which it logs in to the database
     * @param databasePort where the database answers, on the host that was asked; null if the
     *     cluster uses a server of its own
     * @param databaseName the database
     */
    public record Answer(
            String node,
            @Nullable String certificate,
            String authority,
            String role,
            @Nullable Integer databasePort,
            @Nullable String databaseName) {}
}
