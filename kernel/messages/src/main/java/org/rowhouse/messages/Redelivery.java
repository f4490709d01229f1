package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.NamedSql;

/**
 * Hands dead letters of one log to a group once more, those that someone asked for.
 *
 * <p>Tables: dead_letter (takes, deletes). Invariant: a letter is deleted in the commit of what its
 * handler did, so whoever comes second finds none and undoes what he did. A letter counts as tried
 * before it is: one that ends its node stays a dead letter until someone asks for it again.
 */
final class Redelivery {
    private static final NamedSql BEGIN = NamedSql.load(Redelivery.class, "letters_begin");
    private static final NamedSql END = NamedSql.load(Redelivery.class, "letter_end");
    private static final NamedSql FAILED = NamedSql.load(Redelivery.class, "letters_failed");

    private final ConnectionPool transactions;
    private final Subscription subscription;
    private final Topic topic;
    private final int index;
    private final Topic.Log log;
    private final BooleanSupplier stopping;

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

    /** Hands on all that is asked for now, in the order of the log. */
    void run() throws SQLException, InterruptedException {
        List<Message> letters;
        do {
            letters = begin();
            Map<UUID, String> failed = new HashMap<>();
            for (Message letter : letters) {
                try {
                    handOn(letter);
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception | Error e) { // as a handler's in Reader
                    failed.put(letter.id(), Reader.reason(e));
                }
            }
            if (!failed.isEmpty()) {
                note(failed);
            }
        } while (letters.size() == MessageBounds.LETTERS_MAX && !stopping.getAsBoolean());
    }

    private List<Message> begin() throws SQLException, InterruptedException {
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
        return transactions.with(connection -> BEGIN.rows(connection, values, this::letter));
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
        if (subscription.handler() instanceof Handler.Plain plain) {
            plain.handle(List.of(letter));
        }
        transactions.with(connection -> {
            connection.setAutoCommit(false);
            try {
                if (subscription.handler() instanceof Handler.Transaction transaction) {
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

    private void note(Map<UUID, String> failed) throws SQLException, InterruptedException {
        List<UUID> ids = List.copyOf(failed.keySet());
        Map<String, Object> values =
                Map.of(
                        "bucket",
                        log.bucket(),
                        "reader",
                        subscription.group(),
                        "ids",
                        ids,
                        "reasons",
                        ids.stream().map(failed::get).toList());
        transactions.with(connection -> {
            FAILED.execute(connection, values);
            return true;
        });
    }
}
