package org.rowhouse.support;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A point on a message's way where a process can be held, and so be killed just there. The server
 * holds it: a trigger waits for a lock that the story has.
 */
enum MessagePoint {
    /** A client publishes. */
    PUBLISH("message", "insert", "new.key like 'k%'"),
    /** A client sends mail. */
    SEND("mail", "insert", "new.body like '%\"m_\"%'"),
    /** A step's sends are put into the outbox, in the step's commit. */
    STEP_SENDS("outbox", "insert", "new.kind <> 'reply'"),
    /** A forwarder puts mail into a workflow's mailbox. */
    FORWARD_MAIL("mail", "insert", "new.mailbox like 'task %' and new.correlation is null"),
    /** A forwarder appends to a topic. */
    FORWARD_MESSAGE("message", "insert", "new.log >= 0 and new.key not like 'k%'"),
    /** A forwarder appends to a stream. */
    FORWARD_ITEM("message", "insert", "new.log < 0"),
    /** A forwarder takes out of the outbox what it has forwarded. */
    LEAVE_OUTBOX("outbox", "delete", "true"),
    /** Mail is given to a handler. */
    DELIVER_MAIL("mail", "update", "old.state = 'ready' and new.state = 'taken'"),
    /** A handler of a group is in the middle of its batch. */
    HANDLE("public.handled", "insert", "new.receiver <> 'box'"),
    /** A handler of mail is at work. */
    HANDLE_MAIL("public.handled", "insert", "new.receiver = 'box'"),
    /** A handler's answer is put into the outbox, in the handler's commit. */
    ANSWER("outbox", "insert", "new.kind = 'reply'"),
    /** A group acknowledges. */
    ACKNOWLEDGE("cursor", "update", "new.position > old.position"),
    /** A handler's mail is acknowledged. */
    ACKNOWLEDGE_MAIL("mail", "update", "old.state = 'taken' and new.state = 'done'"),
    /** A workflow's step receives mail. */
    RECEIVE("mail", "update", "old.step is null and new.step is not null"),
    /** What the step received is recorded. */
    RECORD("step", "insert", "new.kind = 'receive' and new.done"),
    /** A notice is posted that another workflow, put aside, waits for. */
    POST("notice", "insert", "new.key = 'end'");

    /** When a point is met. */
    enum When {
        /** The statement has had its effects, and nobody else sees them. */
        STATEMENT,
        /** The transaction has done all and commits. */
        COMMIT
    }

    /** A process that waits at a point, and its server process. */
    record Waiter(String node, int pid) {
        /** Ends the server process, which rolls its transaction back. */
        void end(Connection database) throws SQLException {
            try (PreparedStatement statement =
                    database.prepareStatement("select pg_terminate_backend(?, 10000)")) {
                statement.setInt(1, pid);
                statement.execute();
            }
        }
    }

    /** First half of the locks' keys. */
    private static final int LOCKS = 77;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String table;
    private final String event;
    private final String condition;

    MessagePoint(String table, String event, String condition) {
        this.table = table.contains(".") ? table : "rowhouse." + table;
        this.event = event;
        this.condition = condition;
    }

    /** Makes a database hold whoever comes to a point that someone has closed. */
    static void plant(Connection database) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute(
                    """
                    create function public.pass() returns trigger language plpgsql as $$
                    begin
                        perform pg_advisory_xact_lock_shared(%d, tg_argv[0]::int);
                        return null;
                    end $$
                    """
                            .formatted(LOCKS));
            for (MessagePoint point : values()) {
                for (When when : When.values()) {
                    statement.execute(
                            """
                            create constraint trigger pass_%d after %s on %s deferrable initially %s
                            for each row when (%s) execute function public.pass(%1$d)
                            """
                                    .formatted(
                                            point.lock(when),
                                            point.event,
                                            point.table,
                                            when == When.COMMIT ? "deferred" : "immediate",
                                            point.condition));
                }
            }
        }
    }

    @SuppressWarnings("EnumOrdinal") // any number will do that no other point has in this run
    private int lock(When when) {
        return ordinal() * When.values().length + when.ordinal();
    }

    /** Closes the point: who comes to it waits until the connection opens it or ends. */
    void close(Connection database, When when) throws SQLException {
        run(database, "select pg_advisory_lock(?, ?)", when);
    }

    /** Opens it again. */
    void open(Connection database, When when) throws SQLException {
        run(database, "select pg_advisory_unlock(?, ?)", when);
    }

    private void run(Connection database, String sql, When when) throws SQLException {
        try (PreparedStatement statement = database.prepareStatement(sql)) {
            statement.setInt(1, LOCKS);
            statement.setInt(2, lock(when));
            statement.execute();
        }
    }

    /** Waits until some process waits at the point; gives the first one that is found. */
    Waiter awaitWaiter(Connection database, When when) {
        List<Waiter> found = new ArrayList<>();
        Await.until(
                PATIENCE,
                () -> {
                    try (PreparedStatement statement =
                            database.prepareStatement(
                                    """
                                    select node.name, waiting.pid
                                    from pg_locks as waiting
                                    join pg_stat_activity as activity on activity.pid = waiting.pid
                                    join rowhouse.node on session = split_part(application_name, '@', 2)
                                    where locktype = 'advisory' and classid = ? and objid = ? and not granted
                                    """)) {
                        statement.setInt(1, LOCKS);
                        statement.setInt(2, lock(when));
                        try (ResultSet row = statement.executeQuery()) {
                            return row.next()
                                    && found.add(
                                            new Waiter(row.getString("name"), row.getInt("pid")));
                        }
                    }
                },
                () -> "nobody comes to " + this + " at its " + when);
        return found.getFirst();
    }
}
