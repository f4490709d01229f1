package org.rowhouse.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.SendOptions;
import org.rowhouse.images.Consumption;
import org.rowhouse.images.Deployments;
import org.rowhouse.images.Durations;
import org.rowhouse.messages.Messages;
import org.rowhouse.messages.Postage;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Mailboxes that have a name: what waits in them, and what nobody could handle. */
final class MailboxRoutes {
    private final Messages messages;
    private final Deployments deployments;
    private final Listings listings;

    MailboxRoutes(Rowhouse rowhouse, Listings listings) {
        this.messages = rowhouse.messages();
        this.deployments = rowhouse.deployments();
        this.listings = listings;
    }

    List<Route> list() {
        List<Route> all = new ArrayList<>(looks());
        deeds().forEach(route -> all.add(route.needs(Role.OPERATOR)));
        return all;
    }

    private List<Route> looks() {
        return List.of(
                Route.get(
                        "/mailboxes",
                        "list_mailboxes",
                        "Lists the mailboxes that have a name.",
                        "An array; waiting counts up to 10,000.",
                        _ -> Answer.ok(mailboxes(null))),
                Route.get(
                        "/mailboxes/{name}",
                        "get_mailbox",
                        "Shows one mailbox.",
                        "Its columns, and how many mails wait in it.",
                        call -> Answer.ok(mailbox(call.path("name")))),
                Route.get(
                        "/mailboxes/{name}/dead-letters",
                        "list_dead_mail",
                        "Shows mail of a mailbox that could not be handled, with the reason.",
                        "An array, the latest first.",
                        this::deadLetters,
                        Parameter.integer(
                                "limit", "At most so many, 1 to 1,000; 50 when left out.")));
    }

    private List<Route> deeds() {
        return List.of(
                Route.of(
                        "PUT",
                        "/mailboxes/{name}",
                        "set_mailbox",
                        "Makes a mailbox or changes it; what is left out stays as it is.",
                        Views.MailboxBody.class,
                        "The mailbox.",
                        this::setMailbox),
                Route.of(
                        "DELETE",
                        "/mailboxes/{name}",
                        "drop_mailbox",
                        "Deletes a mailbox with all its mail; its dead letters stay.",
                        null,
                        "Its name.",
                        call ->
                                Answer.json(
                                        listings.act(
                                                "drop_mailbox",
                                                Deed.of(call),
                                                Map.of("name", call.path("name"))))),
                Route.post(
                        "/mailboxes/{name}/redeliver",
                        "redeliver_mail",
                        "Puts a mailbox's dead letters into it again, as if they had never been"
                                + " tried: at most 10,000, and no more than mail_max allows.",
                        Views.RedeliverBody.class,
                        "How many are in it again, and how many did not fit.",
                        this::redeliver),
                Route.post(
                                "/mailboxes/{name}/mail",
                                "send_mail",
                                "Sends mail to a mailbox; it is durable when the answer comes.",
                                Views.MailBody.class,
                                "The mail's id.",
                                this::send)
                        .unaudited());
    }

    private JsonNode mailboxes(@Nullable String name) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("most", NodeBounds.COUNT_MAX);
        JsonNode found =
                Json.MAPPER.readTree(Objects.requireNonNull(listings.json("mailboxes", values)));
        Map<String, Object> consumed = new HashMap<>();
        for (Consumption each : deployments.consumptions()) {
            String mailbox = each.source().mailbox();
            if (mailbox != null) {
                consumed.put(mailbox, TopicRoutes.view(each));
            }
        }
        for (JsonNode each : found) {
            Object consumer = consumed.get(each.path("name").asString());
            ((ObjectNode) each).set("consumer", Json.MAPPER.valueToTree(consumer));
        }
        return found;
    }

    private JsonNode mailbox(String name) {
        JsonNode found = mailboxes(name);
        if (found.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "There is no mailbox '" + name + "': `rowhouse mailboxes` lists them.");
        }
        return found.get(0);
    }

    private Answer deadLetters(Call call) {
        String name = call.path("name");
        return Answer.json(
                TopicRoutes.letters(
                        listings,
                        mailbox(name).path("bucket").asInt(),
                        name,
                        call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX)));
    }

    private Answer setMailbox(Call call) {
        Views.MailboxBody body = call.body(Views.MailboxBody.class);
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", call.path("name"));
        values.put("deliveries", body.deliveries());
        values.put("back_off_ms", TopicRoutes.millis("back_off", body.backOff()));
        values.put("mail_max", body.mailMax());
        listings.act("set_mailbox", Deed.of(call).making(), values);
        return Answer.ok(mailbox(call.path("name")));
    }

    private Answer redeliver(Call call) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", call.path("name"));
        values.put("letter", TopicRoutes.letter(call));
        return Answer.json(listings.act("redeliver_mail", Deed.of(call).making(), values));
    }

    private Answer send(Call call) {
        Views.MailBody body = call.body(Views.MailBody.class);
        SendOptions options = SendOptions.USUAL;
        if (body.priority() != null) {
            options = options.priority(body.priority());
        }
        Duration delay = Durations.parse("delay", body.delay());
        if (delay != null) {
            options = options.delay(delay);
        }
        Duration timeToLive = Durations.parse("time_to_live", body.timeToLive());
        if (timeToLive != null) {
            options = options.timeToLive(timeToLive);
        }
        Postage mail =
                Postage.to(call.path("name"), Required.field("body", body.body()).toString())
                        .options(options)
                        .id(body.id());
        return Answer.ok(Map.of("id", messages.send(mail)));
    }
}
