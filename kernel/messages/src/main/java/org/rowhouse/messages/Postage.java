package org.rowhouse.messages;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.TaskId;

/**
 * Mail to send.
 *
 * @param mailbox a mailbox's name, or null if it is for a task
 * @param task the workflow that it is for, or null if it is for a mailbox
 * @param body the content
 * @param id a name of the sender's own: mail of the same receiver and id is sent once, as long as
 *     the first is remembered. Null: every mail is a new one
 * @param correlation the request that it answers; null for none
 * @param headers a JSON object of texts; null for none
 */
public record Postage(
        @Nullable String mailbox,
        @Nullable TaskId task,
        String body,
        SendOptions options,
        @Nullable String id,
        @Nullable UUID correlation,
        @Nullable String headers) {
    public Postage {
        if ((mailbox == null) == (task == null)) {
            throw Messages.invalid("Mail is for a mailbox or for a task: name one of them.");
        }
        Publication.checkText("id", id, MessageBounds.KEY_LENGTH_MAX);
        Publication.checkText("headers", headers, MessageBounds.HEADERS_LENGTH_MAX);
        Publication.checkBody(body);
    }

    /** For a mailbox. */
    public static Postage to(String mailbox, String body) {
        return new Postage(mailbox, null, body, SendOptions.USUAL, null, null, null);
    }

    /** For a workflow. */
    public static Postage to(TaskId task, String body) {
        return new Postage(null, task, body, SendOptions.USUAL, null, null, null);
    }

    /** The same, delivered otherwise. */
    public Postage options(SendOptions options) {
        return new Postage(mailbox, task, body, options, id, correlation, headers);
    }

    /** The same, known by this id. */
    public Postage id(@Nullable String id) {
        return new Postage(mailbox, task, body, options, id, correlation, headers);
    }
}
