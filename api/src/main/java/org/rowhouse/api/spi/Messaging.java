package org.rowhouse.api.spi;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.TaskId;

/** Carries what workflows send, receive and let each other know. Safe for use by many threads. */
public interface Messaging {
    /** What a message is sent to. */
    enum Kind {
        /** A topic. */
        TOPIC,
        /** A stream. */
        STREAM,
        /** A stream, which it ends. */
        CLOSE,
        /** A mailbox by its name. */
        MAILBOX,
        /** A workflow by its task's id. */
        TASK,
        /** The mailbox that an answer is awaited in. */
        REPLY
    }

    /**
     * A message on its way.
     *
     * @param target the name of what it is sent to, or the task's id
     * @param correlation the request that it answers, or that wants an answer
     * @param replyTo the mailbox that an answer goes to
     * @param body the content as JSON
     */
    record Parcel(
            Kind kind,
            String target,
            @Nullable String key,
            SendOptions options,
            @Nullable UUID correlation,
            @Nullable String replyTo,
            String body) {}

    /**
     * A message that was received.
     *
     * @param failed it says why there is no answer, and the body is the reason as plain text
     * @param body the content as JSON
     */
    record Letter(
            UUID id,
            @Nullable UUID correlation,
            @Nullable String replyTo,
            boolean failed,
            String body) {}

    /**
     * Sends in the commit of a step.
     *
     * @param place among what the step sends, from 0
     */
    void put(Connection sql, TaskId sender, int step, int place, Parcel parcel) throws SQLException;

    /** Lets others know the latest value of a key, in the commit of a step. */
    void post(Connection sql, TaskId task, int step, String key, String value) throws SQLException;

    /** What a task has sent or posted is committed: it may go on its way. Never blocks. */
    void committed(TaskId task);

    /**
     * Receives a message for a step of a workflow; the same one however often that step asks.
     *
     * @param node the life of the node that runs the task
     * @param correlation the request that an answer is wanted to; null for any message
     */
    Optional<Letter> take(TaskId task, int node, int step, @Nullable UUID correlation);

    /**
     * Reads the latest value of a key of a workflow.
     *
     * @param watcher the workflow to wake when something is posted there; null for none
     */
    Optional<String> notice(TaskId of, String key, @Nullable TaskId watcher);

    /** Completes when something may have come for the task; whoever asks says {@link #leave}. */
    CompletableFuture<Void> arrival(TaskId task);

    /** The task waits for that arrival no longer in its thread. */
    void leave(TaskId task, CompletableFuture<Void> arrival);

    /** The task was put aside until a message comes: wakes it if one came meanwhile. */
    void suspended(TaskId task, @Nullable UUID correlation);

    /** A task has ended on this node: it may owe someone an answer. Never blocks. */
    void ended(TaskId task, String component, String function);

    /** How a workflow is woken that was put aside until a message comes; must not block. */
    void onWake(Consumer<TaskId> wake);

    /** A workflow is not put aside but runs, on this node. Never blocks. */
    void arrivedAt(int node, TaskId task);

    /** A signal came: one word, perhaps with more behind it. Never blocks. */
    void heard(String word);

    /** This life of the node has begun to run tasks. Never blocks. */
    void born(int node);

    /**
     * Wake-ups may have been lost: looks for those that wait in vain.
     *
     * @param lost whether a node died or a connection was lost, so that nobody may have been told
     *     of a notice: then all who wait for one look again
     */
    void mend(boolean lost);

    /** Without messages nothing can be sent. */
    Messaging NONE =
            new Messaging() {
                private RowhouseException none() {
                    return new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT, "This node carries no messages.");
                }

                @Override
                public void put(Connection sql, TaskId sender, int step, int place, Parcel parcel) {
                    throw none();
                }

                @Override
                public void post(Connection sql, TaskId task, int step, String key, String value) {
                    throw none();
                }

                @Override
                public void committed(TaskId task) {}

                @Override
                public Optional<Letter> take(
                        TaskId task, int node, int step, @Nullable UUID correlation) {
                    throw none();
                }

                @Override
                public Optional<String> notice(TaskId of, String key, @Nullable TaskId watcher) {
                    throw none();
                }

                @Override
                public CompletableFuture<Void> arrival(TaskId task) {
                    throw none();
                }

                @Override
                public void leave(TaskId task, CompletableFuture<Void> arrival) {}

                @Override
                public void suspended(TaskId task, @Nullable UUID correlation) {}

                @Override
                public void ended(TaskId task, String component, String function) {}

                @Override
                public void onWake(Consumer<TaskId> wake) {}

                @Override
                public void arrivedAt(int node, TaskId task) {}

                @Override
                public void heard(String word) {}

                @Override
                public void born(int node) {}

                @Override
                public void mend(boolean lost) {}
            };
}
