package org.rowhouse.store;

/**
 * What an embedded server needs to answer other machines: where it listens besides loopback, and
 * how it proves itself and knows its peers. All texts are PEM.
 *
 * @param listen host or address; {@code 0.0.0.0} or {@code ::} for all
 * @param certificate the server's own, followed by its authority's
 * @param key of that certificate, PKCS #8
 * @param authority the certificate that a peer's must be signed by
 * @param revoked the authority's list of revoked certificates
 */
public record ServerTls(
        String listen, String certificate, String key, String authority, String revoked) {
    /** Whether it listens at all addresses of the machine. */
    boolean everywhere() {
        return listen.equals("0.0.0.0") || listen.equals("::");
    }

    @Override
    public String toString() {
        return "ServerTls[" + listen + "]";
    }
}
