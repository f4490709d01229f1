package org.rowhouse.support;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.rowhouse.messages.Handler;
import org.rowhouse.messages.MailHandler;
import org.rowhouse.messages.Message;
import org.rowhouse.messages.Messages;

/**
 * A node's part in receiving what a story sends: two groups of a topic and a mailbox, whose
 * handlers write a row for each message. Nothing but the product keeps that row from being written
 * twice.
 */
final class Receivers {
    static final String TOPIC = "news";
    static final String MAILBOX = "box";
    static final List<String> GROUPS = List.of("a", "b");

    /** What makes ready for them, once for a cluster. */
    static final List<String> PREPARATION =
            List.of(
                    "select rowhouse.set_topic('news', 2)",
                    "select rowhouse.set_group('news', 'a', true, 1000, 20)",
                    "select rowhouse.set_group('news', 'b', true, 1000, 20)",
                    "select rowhouse.set_mailbox('box', 1000, 20)",
                    "create table public.handled (nth bigserial, receiver text not null,"
                            + " message uuid not null, key text not null, number int not null)");

    private static final String INSERT =
            "insert into public.handled (receiver, message, key, number)"
                    + " values (?, ?, ?::jsonb ->> 'key', (?::jsonb ->> 'number')::int)";

    private Receivers() {}

    /** Begins to receive on this node. */
    static void begin(Messages messages) {
        for (String group : GROUPS) {
            messages.subscribe(
                    TOPIC,
                    group,
                    (Handler.Transaction)
                            (sql, batch) -> {
                                for (Message message : batch) {
                                    note(sql, group, message.id(), message.body());
                                }
                            });
        }
        messages.serve(
                MAILBOX,
                (MailHandler.Transaction)
                        (sql, mail) -> {
                            note(sql, MAILBOX, mail.id(), mail.body());
                            return mail.body();
                        });
    }

    private static void note(Connection sql, String receiver, UUID id, String body)
            throws SQLException {
        try (PreparedStatement insert = sql.prepareStatement(INSERT)) {
            insert.setString(1, receiver);
            insert.setObject(2, id);
            insert.setString(3, body);
            insert.setString(4, body);
            insert.executeUpdate();
        }
    }
}
