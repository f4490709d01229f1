package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.NamedSql;

/**
 * Hands dead letters of one log to a group once more, those that someone asked for.
 *
 * <p>Tables: dead_letter (changes, deletes). Invariant: a letter is deleted in the commit of what
 * its handler did, so whoever comes second finds none and undoes what he did. Failure: a letter
 * whose handler fails is not asked for any more. One that the database disturbed still is, and the
 * disturbance ends the run. A try counts from its beginning until its end is known, so a letter
 * that ends its nodes is given up after as many as the group tries a message.
 */
final class Redelivery {
    private static final NamedSql ASKED = NamedSql.load(Redelivery.class, "letters_asked");
    private static final NamedSql BEGIN = NamedSql.load(Redelivery.class, "letter_begin");
    private static final NamedSql END = NamedSql.load(Redelivery.class, "letter_end");
    private static final NamedSql SETTLE = NamedSql.load(Redelivery.class, "letters_settle");

    private final ConnectionPool transactions;
    private final Subscription subscription;
    private final Topic topic;
    private final int index;
    private final Topic.Log log;
    private final BooleanSupplier stopping;

    /** Tries that have ended, not yet noted: why they failed, null if they were disturbed. */
    private final Map<UUID, @Nullable String> ended = new HashMap<>();

    Redelivery(
            ConnectionPool transactions,
            Subscription subscription,
            Topic topic,
            int index,
            BooleanSupplier stopping) {
        this.transactions = transactions;
        this.subscription = subscription;
        this.topic = topic;
        this.index = index;
        this.log = topic.log(index);
        this.stopping = stopping;
    }

    /**
     * Hands on all that is asked for now, in the order of the log.
     *
     * @throws SQLException or RowhouseException if the database failed: what is left is still asked
     *     for
     */
    void run() throws SQLException, InterruptedException {
        settle();
        List<Message> letters;
        do {
            letters = asked();
            for (Message letter : letters) {
                if (stopping.getAsBoolean()) {
                    return;
                }
                if (begin(letter)) {
                    attempt(letter);
                }
            }
        } while (letters.size() == MessageBounds.LETTERS_MAX);
    }

    private void attempt(Message letter) throws SQLException, InterruptedException {
        try {
            handOn(letter);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | Error e) { // as a handler's in Reader
            boolean disturbed = Reader.isDisturbance(e);
            ended.put(letter.id(), disturbed ? null : Reader.reason(e));
            settle();
            Reader.throwIfDisturbed(e);
        }
    }

    private List<Message> asked() throws SQLException, InterruptedException {
        Map<String, Object> values =
                Map.of(
                        "bucket",
                        log.bucket(),
                        "source",
                        topic.name() + "/" + index,
                        "reader",
                        subscription.group(),
                        "most",
                        MessageBounds.LETTERS_MAX);
        return transactions.with(connection -> ASKED.rows(connection, values, this::letter));
    }

    private boolean begin(Message letter) throws SQLException, InterruptedException {
        Map<String, Object> values =
                Map.of(
                        "bucket",
                        log.bucket(),
                        "id",
                        letter.id(),
                        "reader",
                        subscription.group(),
                        "most",
                        subscription.deliveries(),
                        "reason",
                        Reader.NODES_DIED);
        return transactions.with(connection ->
                BEGIN.rows(connection, values, row -> row.getBoolean("begun")).contains(true));
    }

    private Message letter(ResultSet row) throws SQLException {
        return new Message(
                topic.name(),
                index,
                row.getLong("position"),
                row.getObject("id", UUID.class),
                row.getString("key"),
                row.getString("headers"),
                row.getString("body"),
                row.getTimestamp("sent_at").toInstant());
    }

    private void handOn(Message letter) throws Exception {
        Handler handler = subscription.handler();
        if (handler instanceof Handler.Plain plain) {
            plain.handle(List.of(letter));
        }
        transactions.with(connection -> {
            connection.setAutoCommit(false);
            try {
                if (handler instanceof Handler.Transaction transaction) {
                    transaction.handle(connection, List.of(letter));
                }
                end(connection, letter);
                connection.commit();
                connection.setAutoCommit(true);
                return true;
            } catch (Throwable e) {
                Reader.undo(connection, e);
                throw e;
            }
        });
        if (handler instanceof Handler.Transaction transaction) {
            transaction.committed(List.of(letter));
        }
    }

    private void end(Connection connection, Message letter) throws SQLException {
        Map<String, Object> values =
                Map.of(
                        "bucket", log.bucket(),
                        "id", letter.id(),
                        "reader", subscription.group());
        if (END.rows(connection, values, _ -> true).isEmpty()) {
            throw new SQLException("the dead letter is gone: it was handled elsewhere or deleted");
        }
    }

    private void settle() throws SQLException, InterruptedException {
        if (ended.isEmpty()) {
            return;
        }
        List<UUID> ids = List.copyOf(ended.keySet());
        List<@Nullable String> reasons = new ArrayList<>();
        ids.forEach(id -> reasons.add(ended.get(id)));
        Map<String, Object> values =
                Map.of(
                        "bucket",
                        log.bucket(),
                        "reader",
                        subscription.group(),
                        "ids",
                        ids,
                        "reasons",
                        reasons);
        transactions.with(connection -> {
            SETTLE.execute(connection, values);
            return true;
        });
        ended.clear();
    }
}
