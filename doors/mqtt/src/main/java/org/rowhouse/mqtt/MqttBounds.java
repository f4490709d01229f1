package org.rowhouse.mqtt;

import java.time.Duration;

/** Limits of the door for MQTT. */
final class MqttBounds {
    /** Bytes of one packet: devices send readings, not films. */
    static final int PACKET_BYTES_MAX = 256 << 10;

    /** Length of a client's identifier. */
    static final int CLIENT_LENGTH_MAX = 256;

    /** Bytes of a topic's name or filter: with the payload it becomes a message's key. */
    static final int TOPIC_LENGTH_MAX = 1_024;

    /** Levels of a topic's name or filter: matching takes time by them. */
    static final int LEVELS_MAX = 32;

    /** Connections at once: a few KiB each. */
    static final int CONNECTIONS_MAX = 10_000;

    /** Connections that wait to be accepted. */
    static final int BACKLOG = 256;

    /** How long a client may take to say who it is. */
    static final Duration CONNECT_MAX = Duration.ofSeconds(10);

    /** Clients whose user and password are looked at together: a hash takes a core for a while. */
    static final int ADMITTING_MAX = 4;

    /** Sessions, those of clients that are away included. */
    static final int SESSIONS_MAX = 20_000;

    /** How long the session of a client that is away is kept at most. */
    static final Duration SESSION_LIFE_MAX = Duration.ofDays(7);

    /** How long the row of a session is kept at least: its client is noted each half a minute. */
    static final Duration SESSION_LIFE_MIN = Duration.ofMinutes(1);

    /** Sessions of a cluster that are kept as rows; nodes count them each half a minute. */
    static final int KEPT_SESSIONS_MAX = 100_000;

    /** Before the rows of sessions are moved on: what is acknowledged meanwhile may come again. */
    static final Duration SESSION_SAVE = Duration.ofMillis(500);

    /** Connections for the rows of sessions. */
    static final int SESSION_CONNECTIONS_MAX = 4;

    /** How long a client waits for one of them, and they for a database that is away. */
    static final Duration SESSION_PATIENCE = Duration.ofSeconds(1);

    /** How long the database may take to answer one of them; less than a client may take. */
    static final Duration SESSION_SILENCE = Duration.ofSeconds(5);

    /** Messages of a topic that are read at once for a client that had been away. */
    static final int CATCH_UP_MAX = 256;

    /** Filters of one session. */
    static final int FILTERS_MAX = 256;

    /** Messages that wait in one session. */
    static final int QUEUE_MAX = 1_000;

    /** Bytes of the messages that wait in one session. */
    static final int QUEUE_BYTES_MAX = 4 << 20;

    /** Messages that a client has been sent and has not acknowledged. */
    static final int SENT_MAX = 128;

    /** Messages of one client that are not acknowledged yet: then it is read no further. */
    static final int TAKEN_MAX = 1_024;

    /** Messages that are kept for later subscribers, one of each topic. */
    static final int RETAINED_MAX = 20_000;

    /** Bytes of them all. */
    static final long RETAINED_BYTES_MAX = 64 << 20;

    /** Topics whose subscribers are remembered: those of a busy fleet. */
    static final int MATCHES_MAX = 20_000;

    /** Short numbers for topics that a client may set (MQTT 5). */
    static final int ALIASES_MAX = 64;

    /** Bytes that may wait for a slow client before it is read no further. */
    static final int UNSENT_BYTES_MAX = 1 << 20;

    private MqttBounds() {}
}
