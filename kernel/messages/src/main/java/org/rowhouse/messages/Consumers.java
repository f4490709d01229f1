package org.rowhouse.messages;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.ConsumerImage;
import org.rowhouse.api.spi.ConsumerImage.Arrived;
import org.rowhouse.api.spi.ConsumerImage.Source;
import org.rowhouse.api.spi.Consuming;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.store.LentConnection;

/**
 * The consumers of deployed components on this node: reads for each of them, by the code of its
 * component's current version, as long as this node may run components.
 *
 * <p>Tables: by {@link Messages}. Invariant: a group or mailbox is read here at most once for all
 * versions of a component; another version takes over between two batches. Thread: a virtual one of
 * its own follows deployments; the readers have theirs. Failure: what cannot be read, since its
 * topic was dropped or the database is away, is tried again when the node looks around.
 */
public final class Consumers implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Consumers.class.getName());

    private final Messages messages;
    private final Consuming consuming;
    private final TaskStarter tasks;
    private final Map<Source, Reading> readings = new HashMap<>(); // the thread's own

    /** Why what should be read is not: said once. */
    private final Map<Source, String> troubles = new HashMap<>();

    private final Thread thread;
    private volatile Map<String, Set<String>> queues = Map.of();
    private volatile boolean hurry;
    private volatile boolean closing;

    /** A group or mailbox that is read, and by what code. */
    private record Reading(ConsumerImage image, Followed followed) {}

    /** What reads, and can be told to go on with other code. */
    private interface Followed extends AutoCloseable {
        void handleBy(ConsumerImage image);

        /** False if what it reads was dropped, perhaps to be declared anew. */
        boolean stands();

        @Override
        void close();
    }

    Consumers(Messages messages, Consuming consuming, TaskStarter tasks) {
        this.messages = messages;
        this.consuming = consuming;
        this.tasks = tasks;
        this.thread = Thread.ofVirtual().name("rowhouse-consumers").start(this::follow);
    }

    /** Components, topics or what this node may do have changed: look soon. Never blocks. */
    public void signal() {
        hurry = true;
        LockSupport.unpark(thread);
    }

    private void follow() {
        while (!closing) {
            hurry = false;
            try {
                look();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "consumers look later: {0}", e.toString());
            }
            if (!hurry && !closing) {
                LockSupport.parkNanos(this, MessageBounds.LOOK_AROUND.toNanos());
            }
        }
        readings.values().forEach(reading -> reading.followed.close());
    }

    private void look() {
        Map<Source, ConsumerImage> wanted = new HashMap<>();
        if (tasks.mayRun()) {
            consuming.consumers().forEach(image -> wanted.put(image.source(), image));
            queues = consuming.queues(); // with those of the versions before these
        }
        readings.entrySet()
                .removeIf(entry -> {
                    Followed followed = entry.getValue().followed;
                    boolean over = !wanted.containsKey(entry.getKey()) || !followed.stands();
                    if (over) {
                        followed.close();
                    }
                    return over;
                });
        messages.answering(
                wanted.values().stream()
                        .filter(each -> each.startsTasks() && each.source().mailbox() != null)
                        .map(each -> each.component() + "/" + each.function())
                        .collect(Collectors.toSet()));
        wanted.forEach(this::read);
    }

    private void read(Source source, ConsumerImage image) {
        Reading reading = readings.get(source);
        if (closing || (reading != null && reading.image.equals(image))) {
            return;
        }
        try {
            if (reading == null) {
                readings.put(source, new Reading(image, open(source, image)));
            } else {
                reading.followed.handleBy(image);
                readings.put(source, new Reading(image, reading.followed));
            }
            troubles.remove(source);
        } catch (RowhouseException e) {
            String trouble = String.valueOf(e.getMessage());
            LOG.log(
                    trouble.equals(troubles.put(source, trouble))
                            ? System.Logger.Level.DEBUG
                            : System.Logger.Level.WARNING,
                    "{0} is not read for {1} now: {2}",
                    source,
                    image.component(),
                    trouble);
        }
    }

    private Followed open(Source source, ConsumerImage image) {
        return source.mailbox() == null ? new OfTopic(image) : new OfMailbox(image);
    }

    private final class OfTopic implements Followed {
        private final Subscription subscription;

        OfTopic(ConsumerImage image) {
            Source source = image.source();
            subscription =
                    messages.subscribe(
                            Objects.requireNonNull(source.topic()),
                            Objects.requireNonNull(source.group()),
                            handler(image));
        }

        @Override
        public void handleBy(ConsumerImage image) {
            subscription.handleBy(handler(image));
        }

        @Override
        public boolean stands() {
            return messages.stands(subscription);
        }

        @Override
        public void close() {
            subscription.close();
        }
    }

    private final class OfMailbox implements Followed {
        private final MailReader reader;

        OfMailbox(ConsumerImage image) {
            reader =
                    messages.serve(
                            Objects.requireNonNull(image.source().mailbox()), mailHandler(image));
        }

        @Override
        public void handleBy(ConsumerImage image) {
            reader.handleBy(mailHandler(image));
        }

        @Override
        public boolean stands() {
            return messages.stands(reader);
        }

        @Override
        public void close() {
            messages.left(reader);
        }
    }

    private Handler handler(ConsumerImage image) {
        return image.startsTasks()
                ? (Handler.Plain)
                        batch -> start(image, batch.stream().map(Consumers::arrived).toList())
                : new InTransaction(image);
    }

    private final class InTransaction implements Handler.Transaction {
        private final ConsumerImage image;

        /** The logs whose batch under way has sent something. */
        private final Set<Integer> sending = ConcurrentHashMap.newKeySet();

        InTransaction(ConsumerImage image) {
            this.image = image;
        }

        @Override
        public void handle(Connection sql, List<Message> batch) throws Exception {
            int log = batch.getFirst().log();
            sending.remove(log); // left over from a batch that was undone
            Handled handled =
                    Consumers.this.handle(
                            image, sql, batch.stream().map(Consumers::arrived).toList());
            if (handled.sent) {
                sending.add(log);
            }
        }

        @Override
        public void committed(List<Message> batch) {
            Message first = batch.getFirst();
            if (sending.remove(first.log())) {
                messages.sent(bucketOf(first.id()));
            }
        }
    }

    /**
     * What a handler did.
     *
     * @param sent whether something lies in the outbox now
     */
    private record Handled(@Nullable String answer, boolean sent) {}

    private MailHandler mailHandler(ConsumerImage image) {
        return image.startsTasks()
                ? (MailHandler.Plain)
                        mail -> {
                            TaskId task = start(image, List.of(arrived(mail))).getFirst();
                            if (mail.replyTo() != null) {
                                messages.owe(task, mail, mail.replyTo());
                            }
                            return null;
                        }
                : (MailHandler.Transaction)
                        (sql, mail) -> handle(image, sql, List.of(arrived(mail))).answer;
    }

    private static Arrived arrived(Message message) {
        return new Arrived(message.id(), message.key(), message.body(), message.sentAt());
    }

    private static Arrived arrived(Mail mail) {
        return new Arrived(mail.id(), null, mail.body(), mail.sentAt());
    }

    private List<TaskId> start(ConsumerImage image, List<Arrived> messages) {
        return tasks.start(
                image.component(),
                image.version(),
                image.function(),
                image.queue(),
                queues.getOrDefault(image.source().toString(), Set.of()),
                messages.stream()
                        .map(each ->
                                new TaskStarter.Start(
                                        name(image.source(), each.id()),
                                        each.sentAt().toEpochMilli(),
                                        each.body()))
                        .toList());
    }

    /** The same for the same message and reader. */
    private static String name(Source source, UUID message) {
        return source + " " + message;
    }

    /** Whatever has an id lives in its bucket. */
    private static int bucketOf(UUID id) {
        return new TaskId(id).bucket();
    }

    private Handled handle(ConsumerImage image, Connection connection, List<Arrived> arrived)
            throws Exception {
        List<Messaging.Parcel> sent = new ArrayList<>();
        try {
            String answer =
                    LentConnection.<@Nullable String, Throwable>lend(
                            connection,
                            image.schema(),
                            "A consumer",
                            "the acknowledgement",
                            sql -> image.handle(sql, arrived, parcel -> add(sent, parcel)));
            if (!sent.isEmpty()) {
                int bucket = bucketOf(arrived.getFirst().id());
                UUID sender = TaskId.create(bucket, System.currentTimeMillis()).value();
                OutboxTable.put(connection, bucket, sender, 0, 0, sent);
            }
            return new Handled(answer, !sent.isEmpty());
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private void add(List<Messaging.Parcel> sent, Messaging.Parcel parcel) {
        if (sent.size() == MessageBounds.SENDS_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "A consumer may send at most "
                            + MessageBounds.SENDS_MAX
                            + " messages in one commit.");
        }
        messages.checkSent(parcel);
        sent.add(parcel);
    }

    /** Stops reading, after what is being handled. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
