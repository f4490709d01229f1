package org.rowhouse.node;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.ConsumerImage;
import org.rowhouse.images.Consumption;
import org.rowhouse.images.Deployments;
import org.rowhouse.images.Durations;
import org.rowhouse.messages.Messages;
import org.rowhouse.messages.Publication;
import org.rowhouse.messages.Topics;
import tools.jackson.databind.JsonNode;

/** Topics: what is published, who reads it, and how far behind they are. */
final class TopicRoutes {
    private final Messages messages;
    private final Deployments deployments;
    private final Listings listings;

    TopicRoutes(Messages messages, Deployments deployments, Listings listings) {
        this.messages = messages;
        this.deployments = deployments;
        this.listings = listings;
    }

    List<Route> list() {
        List<Route> all = new ArrayList<>(looks());
        deeds().forEach(route -> all.add(route.needs(Role.OPERATOR)));
        return all;
    }

    private List<Route> looks() {
        Parameter log = Parameter.integer("log", "Which of its logs; 0 when left out.");
        Parameter limit =
                Parameter.integer("limit", "At most so many, 1 to 1,000; 50 when left out.");
        return List.of(
                Route.get(
                        "/topics",
                        "list_topics",
                        "Lists the topics with their limits, and their groups with how far these"
                                + " lag and which component consumes for them.",
                        "An array.",
                        call -> Answer.ok(views(topics()))),
                Route.get(
                        "/topics/{name}",
                        "get_topic",
                        "Shows one topic, its groups, and who reads each of its logs.",
                        "An object.",
                        call -> topic(call.path("name"))),
                Route.get(
                        "/topics/{name}/messages",
                        "list_messages",
                        "Shows messages of one log of a topic: from a position on, or else the"
                                + " newest. Nothing is acknowledged by it.",
                        "An array in the order of positions.",
                        this::messages,
                        log,
                        Parameter.integer("from", "The first position; the newest when left out."),
                        limit),
                Route.get(
                        "/topics/{name}/dead-letters",
                        "list_dead_letters",
                        "Shows what groups could not handle of one log of a topic, each with the"
                                + " reason.",
                        "An array, the latest first.",
                        this::deadLetters,
                        log,
                        limit));
    }

    private List<Route> deeds() {
        return List.of(
                Route.of(
                        "PUT",
                        "/topics/{name}",
                        "set_topic",
                        "Makes a topic or sets its limits; what is left out stays as it is.",
                        Views.TopicBody.class,
                        "The topic.",
                        this::setTopic),
                Route.of(
                        "DELETE",
                        "/topics/{name}",
                        "drop_topic",
                        "Deletes a topic with all its messages and groups.",
                        null,
                        "Its name.",
                        call ->
                                Answer.json(
                                        listings.act(
                                                "drop_topic",
                                                Deed.of(call),
                                                Map.of("name", call.path("name"))))),
                Route.post(
                                "/topics/{name}/messages",
                                "publish",
                                "Publishes a message; it is durable when the answer comes.",
                                Views.PublishBody.class,
                                "The message's position in its log.",
                                this::publish)
                        .unaudited(),
                Route.of(
                        "PUT",
                        "/topics/{name}/groups/{group}",
                        "set_group",
                        "Makes a group of readers, or sets how it tries messages.",
                        Views.GroupBody.class,
                        "The topic.",
                        this::setGroup),
                Route.of(
                        "DELETE",
                        "/topics/{name}/groups/{group}",
                        "drop_group",
                        "Forgets a group and how far it had come.",
                        null,
                        "Its names.",
                        call -> Answer.json(listings.act("drop_group", deed(call), names(call)))),
                Route.post(
                        "/topics/{name}/groups/{group}/seek",
                        "seek_group",
                        "Lets a group go on elsewhere: from the oldest message again, from a time,"
                                + " or with the next one.",
                        Views.Seek.class,
                        "How many messages it then has before it.",
                        this::seek),
                Route.post(
                        "/topics/{name}/groups/{group}/redeliver",
                        "redeliver_messages",
                        "Hands a group's dead letters to it once more, at most 10,000 of each log;"
                                + " what fails again stays one.",
                        Views.RedeliverBody.class,
                        "How many are handed on.",
                        this::redeliver));
    }

    private static Deed deed(Call call) {
        String name = call.path("name") + "/" + call.path("group");
        return Deed.to(call, "group", List.of(name)).making();
    }

    private static Map<String, @Nullable Object> names(Call call) {
        Map<String, @Nullable Object> names = new HashMap<>();
        names.put("name", call.path("name"));
        names.put("group", call.path("group"));
        return names;
    }

    private List<Topics.TopicState> topics() {
        return messages.topics("node").list();
    }

    private Answer topic(String name) {
        List<Topics.TopicState> found =
                topics().stream().filter(topic -> topic.name().equals(name)).toList();
        if (found.isEmpty()) {
            throw unknown(name);
        }
        return Answer.ok(views(found).getFirst());
    }

    private static RowhouseException unknown(String name) {
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "There is no topic '" + name + "': `rowhouse topics` lists them.");
    }

    private List<Map<String, @Nullable Object>> views(List<Topics.TopicState> topics) {
        Map<ConsumerImage.Source, Consumption> consumed = new HashMap<>();
        deployments.consumptions().forEach(each -> consumed.put(each.source(), each));
        return topics.stream().map(topic -> view(topic, consumed)).toList();
    }

    private static Map<String, @Nullable Object> view(
            Topics.TopicState topic, Map<ConsumerImage.Source, Consumption> consumed) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        Duration retention = topic.retention();
        view.put("name", topic.name());
        view.put("logs", topic.logs());
        view.put("retention", retention == null ? null : retention.toString());
        view.put("retention_bytes", topic.retentionBytes());
        view.put("bytes_max", topic.bytesMax());
        view.put("lag_max", topic.lagMax());
        view.put("published", topic.published());
        view.put("messages", topic.messages());
        view.put("bytes", topic.bytes());
        view.put("created_at", topic.createdAt().toString());
        view.put("changed_by", topic.changedBy());
        view.put(
                "groups",
                topic.groups().stream()
                        .map(group ->
                                view(
                                        group,
                                        consumed.get(
                                                new ConsumerImage.Source(
                                                        topic.name(), group.name(), null))))
                        .toList());
        return view;
    }

    private static Map<String, @Nullable Object> view(
            Topics.GroupState group, @Nullable Consumption consumer) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("name", group.name());
        view.put("deliveries", group.deliveries());
        view.put("lag", group.lag());
        view.put("lag_seconds", group.lagSeconds());
        view.put("error", group.error());
        view.put("consumer", consumer == null ? null : view(consumer));
        view.put("logs", group.logs().stream().map(TopicRoutes::view).toList());
        return view;
    }

    /** Who handles a group or mailbox. */
    static Map<String, @Nullable Object> view(Consumption consumer) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("component", consumer.component());
        view.put("version", consumer.version());
        view.put("function", consumer.function());
        view.put("tasks", consumer.tasks());
        view.put("queue", consumer.queue());
        view.put("error", consumer.error());
        return view;
    }

    private static Map<String, @Nullable Object> view(Topics.LogState log) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        view.put("log", log.log());
        view.put("position", log.position());
        view.put("lag", log.lag());
        view.put("lag_seconds", log.lagSeconds());
        view.put("node", log.node());
        view.put("attempts", log.attempts());
        view.put("error", log.error());
        return view;
    }

    private JsonNode place(Call call) {
        String name = call.path("name");
        int log = call.queryInt("log", 0, 0, 1_023);
        String found = listings.json("topic_place", Map.of("name", name, "log", log));
        if (found != null) {
            return Json.MAPPER.readTree(found);
        }
        if (topics().stream().noneMatch(topic -> topic.name().equals(name))) {
            throw unknown(name);
        }
        throw new RowhouseException(
                ErrorCode.NOT_FOUND, "Topic '" + name + "' has no log " + log + ".");
    }

    private static int limit(Call call) {
        return call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX);
    }

    private Answer messages(Call call) {
        JsonNode place = place(call);
        int limit = limit(call);
        Map<String, Object> values = new HashMap<>();
        values.put("bucket", place.path("bucket").asInt());
        values.put("log", place.path("log").asLong());
        values.put("from", call.query("from") == null ? newest(values, limit) : position(call));
        values.put("limit", limit);
        return Answer.json(Objects.requireNonNull(listings.json("messages", values)));
    }

    /** The first of the newest messages of a log. */
    private long newest(Map<String, Object> log, int limit) {
        String end = Objects.requireNonNullElse(listings.json("log_end", log), "0");
        return Math.max(0, Long.parseLong(end) - limit);
    }

    private static long position(Call call) {
        String text = Objects.requireNonNull(call.query("from"));
        if (!text.matches("[0-9]{1,18}")) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The parameter 'from' must be a position, 0 or more, but is '" + text + "'.");
        }
        return Long.parseLong(text);
    }

    private Answer deadLetters(Call call) {
        JsonNode place = place(call);
        return Answer.json(
                letters(
                        listings,
                        place.path("bucket").asInt(),
                        place.path("name").asString(),
                        limit(call)));
    }

    static String letters(Listings listings, int bucket, String source, int limit) {
        return Objects.requireNonNull(
                listings.json(
                        "dead_letters",
                        Map.of("bucket", bucket, "source", source, "limit", limit)));
    }

    private Answer setTopic(Call call) {
        Views.TopicBody body = call.body(Views.TopicBody.class);
        Duration retention = Durations.parse("retention", body.retention());
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", call.path("name"));
        values.put("logs", body.logs());
        values.put("retention_seconds", retention == null ? null : retention.toMillis() / 1e3);
        values.put("retention_bytes", body.retentionBytes());
        values.put("bytes_max", body.bytesMax());
        values.put("lag_max", body.lagMax());
        listings.act("set_topic", Deed.of(call).making(), values);
        return topic(call.path("name"));
    }

    private Answer setGroup(Call call) {
        Views.GroupBody body = call.body(Views.GroupBody.class);
        String from = Objects.requireNonNullElse(body.from(), "oldest");
        if (!from.equals("oldest") && !from.equals("next")) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The field 'from' must be oldest or next, but is '" + from + "'.");
        }
        Map<String, @Nullable Object> values = names(call);
        values.put("beginning", from.equals("oldest"));
        values.put("deliveries", body.deliveries());
        values.put("back_off_ms", millis("back_off", body.backOff()));
        listings.act("set_group", deed(call), values);
        return topic(call.path("name"));
    }

    static @Nullable Integer millis(String field, @Nullable String text) {
        Duration time = Durations.parse(field, text);
        return time == null ? null : (int) Math.min(time.toMillis(), Integer.MAX_VALUE);
    }

    private Answer seek(Call call) {
        String to = Required.field("to", call.body(Views.Seek.class).to());
        String at =
                switch (to) {
                    case "oldest" -> "-infinity";
                    case "next" -> "infinity";
                    default -> time(to);
                };
        Map<String, @Nullable Object> values = names(call);
        values.put("at", at);
        return Answer.json(listings.act("seek_group", deed(call), values));
    }

    private Answer redeliver(Call call) {
        Map<String, @Nullable Object> values = names(call);
        values.put("letter", letter(call));
        return Answer.json(listings.act("redeliver_messages", deed(call), values));
    }

    /** The one dead letter that is asked for; null: all. */
    static @Nullable String letter(Call call) {
        String id = call.body(Views.RedeliverBody.class).id();
        try {
            return id == null ? null : UUID.fromString(id).toString();
        } catch (IllegalArgumentException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The field 'id' must be a message's id, but is '" + id + "'.",
                    e);
        }
    }

    private static String time(String text) {
        try {
            return Instant.parse(text).toString();
        } catch (DateTimeParseException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The field 'to' must be oldest, next or a time such as 2026-11-26T10:00:00Z,"
                            + " but is '"
                            + text
                            + "'.",
                    e);
        }
    }

    private Answer publish(Call call) {
        Views.PublishBody body = call.body(Views.PublishBody.class);
        Publication message =
                new Publication(
                        call.path("name"),
                        body.key(),
                        Required.field("body", body.body()).toString(),
                        body.id(),
                        headers(body.headers()),
                        Durations.parse("time_to_live", body.timeToLive()));
        return Answer.ok(Map.of("position", messages.publish(message)));
    }

    private static @Nullable String headers(@Nullable JsonNode headers) {
        if (headers == null || headers.isNull()) {
            return null;
        }
        if (!headers.isObject() || !headers.valueStream().allMatch(JsonNode::isString)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The field 'headers' must be an object whose values are texts.");
        }
        return headers.toString();
    }
}
