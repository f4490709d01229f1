package org.rowhouse.accounts;

import java.time.Duration;

/** Limits of accounts, sessions and the audit. */
final class AccountBounds {
    /** Longest life of a session: a working day. */
    static final Duration SESSION_LIFE = Duration.ofHours(12);

    /** A session that nobody uses ends after this: a browser that was left open. */
    static final Duration SESSION_IDLE = Duration.ofHours(2);

    /** Open sessions of one account; a further login ends the oldest. */
    static final int SESSIONS_MAX = 100;

    /** Life of a link: it is opened at once, and stands in a shell's output. */
    static final Duration LINK_LIFE = Duration.ofMinutes(1);

    /** A session is believed for so long before the database is asked again. */
    static final Duration FRESH = Duration.ofSeconds(5);

    /** While no database answers, a session that was good is believed for so long. */
    static final Duration BELIEVED = Duration.ofMinutes(10);

    /** How long a request with a session that was good waits for the database to say so again. */
    static final Duration ASK_WAIT = Duration.ofSeconds(1);

    /** Sessions that a node remembers; with more it forgets them all and asks again. */
    static final int REMEMBERED_MAX = 10_000;

    /** Connections for logins and sessions. */
    static final int CONNECTIONS_MAX = 4;

    /** How long a request waits for one of them. */
    static final Duration CONNECTION_WAIT = Duration.ofSeconds(10);

    /** Random bytes of a secret: nobody guesses one of 2 to the 256. */
    static final int SECRET_BYTES = 32;

    /** Shortest password, in characters: what guessing at the allowed pace does not find. */
    static final int PASSWORD_LENGTH_MIN = 12;

    /** Longest password in bytes; a sentence has room, and hashing one costs no more. */
    static final int PASSWORD_BYTES_MAX = 1_024;

    /** Memory of one hash, in KiB: 19 MiB, as OWASP asks of Argon2id with two passes. */
    static final int HASH_MEMORY_KIB = 19_456;

    /** Passes of one hash over its memory. */
    static final int HASH_PASSES = 2;

    /** Most memory that a recorded hash may ask for, in KiB: another program may have made it. */
    static final int HASH_MEMORY_KIB_MAX = 65_536;

    /** Most passes that a recorded hash may ask for. */
    static final int HASH_PASSES_MAX = 10;

    /** Hashes at one time: each takes 19 MiB and a core. */
    static final int HASHES_MAX = 2;

    /** Logins that wait for a hash; further ones are sent away at once. */
    static final int HASHES_WAITING_MAX = 32;

    /** How long a login waits for its turn to hash. */
    static final Duration HASH_WAIT = Duration.ofSeconds(10);

    /** Logins that may fail in a row, for one account from one address. */
    static final int FAILURES_MAX = 10;

    /** Each further one waits for so long after the one before. */
    static final Duration FAILURE_WAIT = Duration.ofMinutes(1);

    /** Pairs of account and address whose failures are counted; the oldest go first. */
    static final int FAILURES_KEPT = 10_000;

    /** Length of an account's name in a login; longer ones are nobody's. */
    static final int NAME_LENGTH_MAX = 63;

    /** Length of what the audit names as subject. */
    static final int SUBJECT_LENGTH_MAX = 200;

    /** Length of a sentence in the audit. */
    static final int DETAIL_LENGTH_MAX = 2_000;

    /** Rows that one caller's refused and failed actions leave a minute; the rest are counted. */
    static final int REFUSALS_A_MINUTE = 60;

    /** Callers whose refusals are counted at one time. */
    static final int REFUSED_CALLERS_MAX = 1_000;

    /** Devices, revoked ones included: nodes with a door for them keep all keys in memory. */
    static final int DEVICES_MAX = 100_000;

    /** Changes of devices that one statement reads. */
    static final int DEVICE_CHANGES_MAX = 1_000;

    /** Between two sweeps of what is long over. */
    static final Duration SWEEP_EVERY = Duration.ofHours(1);

    /** Rows of each kind that one transaction of a sweep deletes. */
    static final int SWEEP_MAX = 1_000;

    private AccountBounds() {}
}
