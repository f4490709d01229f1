package org.rowhouse.messages;

import java.time.Duration;

/** The bounds of messages, each with its reason. */
final class MessageBounds {
    private MessageBounds() {}

    /**
     * Bytes of a message's body: what is larger belongs in a file, with its name in the message.
     */
    static final int BODY_MAX = 1 << 20;

    /** Characters of a message's key. */
    static final int KEY_LENGTH_MAX = 256;

    /** Characters of a message's headers as JSON. */
    static final int HEADERS_LENGTH_MAX = 8_192;

    /** Messages that one fetch brings: one batch of a transaction, and at most so many bodies. */
    static final int FETCH_MAX = 256;

    /** Dead letters that are taken at a time to be handed on once more. */
    static final int LETTERS_MAX = 64;

    /** Characters of the reason why a message was given up. */
    static final int REASON_LENGTH_MAX = 2_000;

    /** Longest pause before a message is tried again. */
    static final Duration BACK_OFF_MAX = Duration.ofHours(1);

    /**
     * How often a node looks for what no signal told: logs without a reader, messages of other
     * nodes. A lost signal delays a message by so much.
     */
    static final Duration LOOK_AROUND = Duration.ofSeconds(5);

    /** Before a reader whose database is away goes on. */
    static final Duration ERROR_PAUSE = Duration.ofMillis(500);

    /** Logs of one topic: each is a row that is read and written with every batch. */
    static final int LOGS_MAX = 1_024;

    /** Messages that leave the outbox in one transaction. */
    static final int FORWARD_MAX = 256;

    /**
     * Ended tasks that a node remembers until it puts their answers into the outbox. What is too
     * much is found by looking around.
     */
    static final int ENDED_HELD_MAX = 10_000;

    /** Tasks of one bucket that owe an answer and that one look around asks for. */
    static final int OWED_LOOK_MAX = 2_000;

    /**
     * Longest time until a task that owes an answer is looked at again: so late is the answer of
     * one that ended without a node's noticing.
     */
    static final Duration OWED_PAUSE_MAX = Duration.ofMinutes(5);

    /** Messages that a consumer sends in one commit. */
    static final int SENDS_MAX = 10_000;

    /** Mails that one statement makes ready, gives back or lets expire. */
    static final int DUE_MAX = 1_000;

    /**
     * A mailbox's mail is counted after a node sent this part of what it may hold: 1 of so many.
     */
    static final int COUNTS_PER_MAILBOX = 100;

    /** Mails of one mailbox that one node handles at once, unless it says otherwise. */
    static final int MAIL_AT_ONCE = 16;

    /** Connections for handlers that run SQL: each takes a transaction of its own. */
    static final int TRANSACTIONS_MAX = 8;

    /** How long a handler waits for one of them. */
    static final Duration TRANSACTION_PATIENCE = Duration.ofMinutes(2);

    /** Messages that retention deletes in one transaction. */
    static final int SWEEP_MAX = 5_000;

    /** Transactions of retention in one log before it looks at the next. */
    static final int SWEEP_BATCHES_MAX = 200;

    /** Between two rounds of retention. */
    static final Duration SWEEP_PAUSE = Duration.ofSeconds(30);

    /** Longest time to live, delay and time to wait for a message. */
    static final Duration LONGEST = Duration.ofDays(3_650);
}
