package org.rowhouse.support;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is left when a story of messages is over, as plain values: what {@link Sender} was told is
 * durable, what {@link Receivers} wrote, and what the tables hold.
 *
 * @param published lines that the topic has acknowledged to the client
 * @param mailed lines that the mailbox has acknowledged
 * @param started conversations whose start was acknowledged
 * @param handled what the groups and the mailbox handled, in that order
 * @param dead dead letters
 * @param kept the messages of all logs, in the order of their positions
 * @param logs all logs
 * @param talks all conversations
 * @param left what is still on its way, in words
 */
record MessageEvidence(
        Set<Line> published,
        Set<Line> mailed,
        Set<String> started,
        List<Handled> handled,
        List<Dead> dead,
        List<Kept> kept,
        List<Log> logs,
        List<Talk> talks,
        List<String> left) {

    /** What one client or conversation says, counted from 0 in each place. */
    record Line(String key, int number) {
        @Override
        public String toString() {
            return key + " " + number;
        }
    }

    /** A line was handled by a group or by the mailbox. */
    record Handled(String receiver, Line line) {}

    /** Nobody could handle a line. */
    record Dead(String receiver, Line line, String reason) {}

    /** A line lies in a log. */
    record Kept(String log, long position, Line line) {}

    /** A topic's log, or a stream. */
    record Log(String name, long head, boolean closed) {}

    /**
     * A conversation.
     *
     * @param output what it gave, null if nothing
     * @param effects how often its transaction had its effect
     * @param answers how many answers were sent to it
     */
    record Talk(String task, String state, String output, int effects, int answers) {}

    /**
     * Gathers it.
     *
     * @param acknowledged the file that {@link Sender} writes
     */
    static MessageEvidence gather(Connection database, Path acknowledged) throws SQLException {
        Set<Line> published = new HashSet<>();
        Set<Line> mailed = new HashSet<>();
        Set<String> started = new HashSet<>();
        for (String each : Sender.acknowledged(acknowledged)) {
            String[] words = each.split(" ");
            Line line = new Line(words[1], Integer.parseInt(words[2]));
            switch (words[0]) {
                case "topic" -> published.add(line);
                case "mail" -> mailed.add(line);
                default -> started.add(Sender.task(line.number()).toString());
            }
        }
        return new MessageEvidence(
                published,
                mailed,
                started,
                rows(
                        database,
                        "select receiver, key, number from public.handled order by nth",
                        row -> new Handled(row.getString("receiver"), line(row))),
                rows(
                        database,
                        """
                        select reader, reason, body::jsonb ->> 'key' as key,
                            (body::jsonb ->> 'number')::int as number
                        from rowhouse.dead_letter
                        """,
                        row ->
                                new Dead(
                                        row.getString("reader"),
                                        line(row),
                                        row.getString("reason"))),
                rows(
                        database,
                        """
                        select name, position, body::jsonb ->> 'key' as key,
                            (body::jsonb ->> 'number')::int as number
                        from rowhouse.message
                        join rowhouse.log on log.bucket = message.bucket and log.id = message.log
                        order by name, position
                        """,
                        row -> new Kept(row.getString("name"), row.getLong("position"), line(row))),
                rows(
                        database,
                        "select name, head, closed_at is not null as closed from rowhouse.log",
                        row ->
                                new Log(
                                        row.getString("name"),
                                        row.getLong("head"),
                                        row.getBoolean("closed"))),
                rows(
                        database,
                        """
                        select id, state, output,
                            (select count(*) from talk.effect where effect.task = task.id) as effects,
                            (select count(*) from rowhouse.mail
                             where mailbox = 'task ' || task.id and correlation is not null) as answers
                        from rowhouse.task
                        where component = 'talk' and function = 'converse'
                        """,
                        row ->
                                new Talk(
                                        row.getString("id"),
                                        row.getString("state"),
                                        row.getString("output"),
                                        row.getInt("effects"),
                                        row.getInt("answers"))),
                left(database));
    }

    /** What is still on its way, in words: nothing when all has been handled. */
    static List<String> left(Connection database) throws SQLException {
        return rows(
                database,
                """
                select format('%s %s of queue %s is %s', function, id, queue, state) as what
                from rowhouse.task
                where state in ('ready', 'running', 'waiting')
                union all
                select format('group %s lags by %s in %s: %s', group_name, head - position, name, error)
                from rowhouse.cursor
                join rowhouse.log on log.bucket = cursor.bucket and log.id = cursor.log
                where head <> position
                union all
                select format('mail %s in %s is %s: %s', id, mailbox, state, error)
                from rowhouse.mail
                where state <> 'done'
                union all
                select format('step %s of %s has sent to %s', step, sender, target)
                from rowhouse.outbox
                """,
                row -> row.getString("what"));
    }

    private static Line line(ResultSet row) throws SQLException {
        return new Line(row.getString("key"), row.getInt("number"));
    }

    private static <T> List<T> rows(Connection database, String sql, Evidence.Reader<T> reader)
            throws SQLException {
        try (PreparedStatement statement = database.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            List<T> rows = new ArrayList<>();
            while (row.next()) {
                rows.add(reader.read(row));
            }
            return rows;
        }
    }
}
