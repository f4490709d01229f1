package org.rowhouse.images;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.ConsumerImage.Source;
import org.rowhouse.store.NamedSql;

/** The rows of consumers: {@code component_consumer} and {@code consumer_queue}. */
final class ConsumerTables {
    private static final NamedSql FORGET = load("forget-consumers");
    private static final NamedSql SAVE = load("save-consumer");
    private static final NamedSql NOTE_QUEUE = load("note-consumer-queue");
    private static final NamedSql QUEUES = load("consumer-queues");
    private static final NamedSql UNDECLARED = load("undeclared-sources");
    private static final NamedSql OTHER = load("other-consumer");
    private static final NamedSql CONSUMING = load("consuming-components");
    private static final NamedSql LIST = load("list-consumers");

    /** A version of a component that consumes something. */
    record Consuming(String component, String version, boolean inProcess) {}

    private ConsumerTables() {}

    private static NamedSql load(String name) {
        return NamedSql.load(ConsumerTables.class, "sql/" + name);
    }

    /**
     * Refuses what nobody has declared, and what another component handles.
     *
     * @throws RowhouseException INVALID_COMPONENT, naming the command that declares it; CONFLICT
     */
    static void requireSources(Connection sql, ComponentImage image) throws SQLException {
        if (image.consumers().isEmpty()) {
            return;
        }
        List<String> topics = new ArrayList<>();
        List<String> groups = new ArrayList<>();
        List<String> mailboxes = new ArrayList<>();
        List<String> queues = new ArrayList<>();
        for (ComponentConsumer each : image.consumers()) {
            Source source = each.source();
            if (source.mailbox() == null) {
                topics.add(Objects.requireNonNull(source.topic()));
                groups.add(Objects.requireNonNull(source.group()));
            } else {
                mailboxes.add(source.mailbox());
            }
            if (each.queue() != null) {
                queues.add(each.queue());
            }
        }
        Map<String, Object> values =
                Map.of(
                        "component",
                        image.component(),
                        "topics",
                        topics,
                        "groups",
                        groups,
                        "mailboxes",
                        mailboxes,
                        "queues",
                        queues);
        RowhouseException undeclared =
                UNDECLARED.first(
                        sql,
                        values,
                        row -> undeclared(image, row.getString("what"), row.getString("name")));
        if (undeclared != null) {
            throw undeclared;
        }
        RowhouseException taken =
                OTHER.first(
                        sql,
                        values,
                        row ->
                                taken(
                                        row.getString("component"),
                                        new Source(
                                                row.getString("topic"),
                                                row.getString("group_name"),
                                                row.getString("mailbox"))));
        if (taken != null) {
            throw taken;
        }
    }

    private static RowhouseException undeclared(ComponentImage image, String what, String name) {
        return new RowhouseException(
                ErrorCode.INVALID_COMPONENT,
                "The component "
                        + image.component()
                        + (what.equals("queue")
                                ? " starts tasks of its messages in the "
                                : " consumes the ")
                        + what
                        + " "
                        + Quoted.of(name)
                        + ", which is not there: `rowhouse "
                        + (what.equals("mailbox") ? "mailboxes" : what + "s")
                        + " set "
                        + name
                        + "` declares it.");
    }

    private static RowhouseException taken(String component, Source source) {
        return new RowhouseException(
                ErrorCode.CONFLICT,
                "The "
                        + source
                        + " is consumed by the component "
                        + component
                        + ": "
                        + (source.mailbox() == null
                                ? "choose another group."
                                : "choose another mailbox."));
    }

    /** Records what a version consumes. */
    static void save(Connection sql, ComponentImage image) throws SQLException {
        FORGET.execute(sql, Map.of("component", image.component(), "version", image.version()));
        for (ComponentConsumer each : image.consumers()) {
            Map<String, @Nullable Object> values = new HashMap<>();
            values.put("component", each.component());
            values.put("version", each.version());
            values.put("function", each.function());
            values.put("topic", each.source().topic());
            values.put("group", each.source().group());
            values.put("mailbox", each.source().mailbox());
            values.put("tasks", each.startsTasks());
            values.put("queue", each.queue());
            SAVE.execute(sql, values);
            if (each.queue() != null) {
                NOTE_QUEUE.execute(
                        sql, Map.of("source", each.source().toString(), "queue", each.queue()));
            }
        }
    }

    /** The queues in which messages of a source, as text, have started tasks. */
    static Map<String, Set<String>> queues(Connection sql) throws SQLException {
        return QUEUES
                .rows(sql, Map.of(), row -> Map.entry(row.getString(1), row.getString(2)))
                .stream()
                .collect(
                        Collectors.groupingBy(
                                Map.Entry::getKey,
                                Collectors.mapping(Map.Entry::getValue, Collectors.toSet())));
    }

    /** The components that consume something, in their current versions. */
    static List<Consuming> consuming(Connection sql) throws SQLException {
        return CONSUMING.rows(
                sql,
                Map.of(),
                row ->
                        new Consuming(
                                row.getString("component"),
                                row.getString("version"),
                                row.getString("kind").equals(Deployment.IN_PROCESS)));
    }

    /**
     * Who handles what, by the current versions.
     *
     * @param troubles says why a version cannot be loaded here; null: it can
     */
    static List<Consumption> list(
            Connection sql, Function<ComponentTables.Key, @Nullable String> troubles)
            throws SQLException {
        return LIST.rows(
                sql,
                Map.of(),
                row ->
                        new Consumption(
                                row.getString("component"),
                                row.getString("version"),
                                row.getString("function"),
                                new Source(
                                        row.getString("topic"),
                                        row.getString("group_name"),
                                        row.getString("mailbox")),
                                row.getBoolean("tasks"),
                                row.getString("queue"),
                                troubles.apply(
                                        new ComponentTables.Key(
                                                row.getString("component"),
                                                row.getString("version")))));
    }
}
