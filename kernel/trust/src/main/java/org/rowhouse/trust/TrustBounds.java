package org.rowhouse.trust;

import java.time.Duration;

/** Limits of certificates and tokens. */
final class TrustBounds {
    /** Life of a cluster's authority: the cluster's own, since all certificates end with it. */
    static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);

    /** Life of a node's certificate: a lost one is worth nothing after that, revoked or not. */
    static final Duration CERTIFICATE_LIFE = Duration.ofDays(30);

    /** A certificate is renewed this long before it ends: a holiday without the authority. */
    static final Duration RENEW_BEFORE = Duration.ofDays(10);

    /** Certificates are valid from this long before they are made: clocks differ by an hour. */
    static final Duration CLOCK_SKEW = Duration.ofHours(2);

    /** Between two looks whether a certificate is due. */
    static final Duration LOOK_EVERY = Duration.ofHours(1);

    /** Life of a join token when its maker does not say. */
    static final Duration TOKEN_LIFE = Duration.ofHours(1);

    /** Longest life of a join token: one that lies about is a key to the cluster. */
    static final Duration TOKEN_LIFE_MAX = Duration.ofDays(7);

    /** Shortest life of a join token: it has to be carried to another machine. */
    static final Duration TOKEN_LIFE_MIN = Duration.ofSeconds(1);

    /** Bytes of a token's secret and of the authority's fingerprint in it. */
    static final int SECRET_BYTES = 32;

    /** Hosts and addresses of one certificate: those of one machine. */
    static final int ADDRESSES_MAX = 32;

    /** Length of one of them: a DNS name. */
    static final int ADDRESS_LENGTH_MAX = 253;

    /** Length of a node's name. */
    static final int NAME_LENGTH_MAX = 255;

    /** Length of a request for a certificate, PEM; one with a key on P-256 has some 500. */
    static final int REQUEST_LENGTH_MAX = 4_096;

    /** How long the authority's node may take to answer. */
    static final Duration ANSWER_MAX = Duration.ofSeconds(15);

    /** Requests to join that are looked at together: whoever reaches the port may send them. */
    static final int JOINS_MAX = 2;

    /** How long one of them waits for its turn. */
    static final Duration JOIN_WAIT = Duration.ofSeconds(5);

    /** Rows of a listing of certificates or tokens: newest first. */
    static final int LISTED_MAX = 1_000;

    private TrustBounds() {}
}
