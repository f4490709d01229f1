package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Consuming;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Migration;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.Signals;

/**
 * The door to durable messages on one node: publishes to topics and reads them for groups; sends
 * mail and handles it; carries what workflows say.
 *
 * <p>Tables: topic, log, message, topic_group, topic_member, cursor, dead_letter; mailbox, mail,
 * outbox, notice, notice_watcher. Invariant: what was published in one log before is read before; a
 * message that was acknowledged is not read again unless someone tells its group to. Thread: any; a
 * virtual thread looks around. Failure: calls throw {@link RowhouseException}; readers go on by
 * themselves when the database is there again.
 */
public final class Messages implements AutoCloseable {
    /** The schema's parts that belong to messages. */
    public static final List<Migration> MIGRATIONS =
            List.of(
                    Migration.load(Messages.class, 400, "migrations/0400-topics.sql"),
                    Migration.load(Messages.class, 405, "migrations/0405-topic-operations.sql"),
                    Migration.load(Messages.class, 410, "migrations/0410-mail.sql"),
                    Migration.load(Messages.class, 440, "migrations/0440-listings.sql"),
                    Migration.load(Messages.class, 490, "migrations/0490-redelivery.sql"),
                    Migration.load(Messages.class, 500, "migrations/0500-one-try.sql"),
                    Migration.load(Messages.class, 503, "migrations/0503-owed-answers.sql"),
                    Migration.load(Messages.class, 512, "migrations/0512-left-groups.sql"));

    private static final System.Logger LOG = System.getLogger(Messages.class.getName());
    private static final NamedSql JOIN = NamedSql.load(Messages.class, "join_group");
    private static final NamedSql LEAVE = NamedSql.load(Messages.class, "leave_group");
    private static final String TOPICS = "topics";
    private static final String LOG_WORD = "log";
    private static final Set<String> CONSUMER_WORDS = Set.of("components", TOPICS);

    private final Kernel kernel;
    private final Connections connections;
    private final Signals signals;
    private final IntSupplier node;
    private final TopicTable topics;
    private final TopicLogs logs;
    private final ConnectionPool transactions;
    private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
    private final List<MailReader> mailReaders = new CopyOnWriteArrayList<>();
    private final Set<UUID> handling = ConcurrentHashMap.newKeySet();
    private final Map<Long, Set<Reader>> readers = new ConcurrentHashMap<>();
    private final Desk desk;
    private final Forwarder forwarder;
    private final PostOffice office;
    private final Sweeper sweeper;
    private final WorkflowMessages workflows;
    private final Thread thread;
    private volatile @Nullable Consumers consumers;
    private volatile boolean closing;
    private volatile boolean hurry;

    /**
     * @param connections for handlers' transactions, and for what is seldom asked
     * @param signals tells other nodes; stays the caller's
     */
    public Messages(Kernel kernel, Connections connections, Signals signals) {
        this.kernel = kernel;
        this.connections = connections;
        this.signals = signals;
        this.desk = new Desk(kernel, signals);
        this.node = desk::node;
        this.topics = new TopicTable(connections);
        this.logs = new TopicLogs(kernel, topics);
        this.transactions =
                new ConnectionPool(
                        connections,
                        "rowhouse-handlers",
                        MessageBounds.TRANSACTIONS_MAX,
                        MessageBounds.TRANSACTION_PATIENCE.toMillis());
        this.forwarder = new Forwarder(connections, topics, new News());
        this.sweeper = new Sweeper(connections, topics);
        this.office = new PostOffice(kernel, connections, desk, topics);
        this.workflows =
                new WorkflowMessages(kernel, connections, desk, topics, forwarder, this::heard);
        this.thread = Thread.ofVirtual().name("rowhouse-messages").unstarted(this::serve);
    }

    /** Begins to carry messages, when the node has entered the cluster. Once only. */
    public void start() {
        thread.start();
        forwarder.start();
        office.start();
        sweeper.start();
    }

    /** What workflows send and receive by. */
    public Messaging forWorkflows() {
        return workflows;
    }

    /** What the forwarder has brought. */
    private final class News implements Forwarder.Told {
        @Override
        public void mail(String mailbox, long delayMs) {
            if (delayMs > 0) {
                office.dueIn(delayMs);
            } else {
                desk.came(mailbox);
            }
        }

        @Override
        public void message(String topicOrStream, Topic.Log log) {
            Topic topic = topics.find(topicOrStream);
            if (log.id() >= 0 && topic != null) {
                arrived(topic, log);
            } else {
                desk.came("stream " + topicOrStream);
            }
        }
    }

    /** The topics and groups: declared, changed, replayed, dropped and listed. */
    public Topics topics(String user) {
        return new Topics(connections, user);
    }

    /** The logs of topics for those who keep places of their own. */
    public TopicLogs logs() {
        return logs;
    }

    /** The topics that this node knows of, in memory: a new one is known a moment later. */
    public Set<String> topicNames() {
        return topics.names();
    }

    /**
     * Publishes a message and waits until it is durable.
     *
     * @return its position in its log; that of the first one if its id is known already
     * @throws RowhouseException NOT_FOUND for an unknown topic; OVERLOADED if the topic takes more
     *     than it may or a group lags too far behind; TOO_LARGE; INVALID_ARGUMENT
     */
    public long publish(Publication message) {
        return Kernel.join(submit(message));
    }

    /**
     * Publishes without waiting; messages of one key that one thread submits are published in that
     * order. The future fails as {@link #publish} does. Blocks only while the lane is full.
     */
    public CompletableFuture<Long> submit(Publication message) {
        Topic topic = topics.get(message.topic());
        int turn = (int) (System.nanoTime() >>> 21);
        Topic.Log log = topic.logFor(message.key(), turn);
        TaskId id =
                message.id() == null
                        ? TaskId.create(log.bucket(), System.currentTimeMillis())
                        : TaskId.derived(log.bucket(), 0, topic.name() + " " + message.id(), 0, 0);
        var request =
                new MessageCalls.Publish(
                        log.bucket(),
                        log.id(),
                        id.value(),
                        message.key(),
                        message.headers(),
                        message.body(),
                        message.timeToLive() == null ? null : message.timeToLive().toMillis());
        return kernel.submit(MessageCalls.PUBLISH, request)
                .thenCompose(published -> {
                    if (published.position() < 0) {
                        return refused(topic, log);
                    }
                    arrived(topic, log);
                    return CompletableFuture.completedFuture(published.position());
                });
    }

    private CompletableFuture<Long> refused(Topic topic, Topic.Log log) {
        return kernel.submit(MessageCalls.REFUSAL, new MessageCalls.Refusal(log.bucket(), log.id()))
                .thenCompose(why -> CompletableFuture.failedFuture(Refusals.of(topic, why)));
    }

    /** A message of this topic was committed: whoever reads the log looks. */
    private void arrived(Topic topic, Topic.Log log) {
        wake(log.id());
        int self = node.getAsInt();
        for (TopicTable.Group group : topics.groups(topic.name())) {
            for (int other : group.nodes()) {
                if (other != self) {
                    signals.say(LOG_WORD, Long.toString(log.id()));
                    return;
                }
            }
        }
    }

    private void wake(long log) {
        Set<Reader> reading = readers.get(log);
        if (reading != null) {
            reading.forEach(Reader::arrived);
        }
    }

    /** A signal came: one word, perhaps with more behind it. Never blocks. */
    void heard(String word) {
        desk.heard(word);
        Consumers reading = consumers;
        if (reading != null && CONSUMER_WORDS.contains(word)) {
            reading.signal();
        }
        if (word.equals(TOPICS)) {
            lookSoon();
        } else if (word.startsWith(LOG_WORD + " ")) {
            for (String log : word.substring(LOG_WORD.length() + 1).split(",")) {
                wake(Long.parseLong(log));
            }
        }
    }

    /**
     * Reads a topic for a group, which is made if it is not there, from the oldest message on. All
     * nodes that do so share the topic's logs.
     *
     * @throws RowhouseException NOT_FOUND for an unknown topic
     */
    public Subscription subscribe(String topic, String group, Handler handler) {
        Topic known = topics.get(topic);
        if (topics.group(topic, group) == null) {
            topics("node").setGroup(topic, group, Topics.GroupSettings.USUAL);
        }
        Subscription subscription = new Subscription(this, known.name(), group, handler);
        join(subscription, node.getAsInt());
        subscriptions.add(subscription);
        look();
        signals.say(TOPICS);
        return subscription;
    }

    /**
     * Reads a topic from its end on for a group that lives as long as its readers: what another
     * life of the reader has left of it is passed over, and {@link Topics#dropLeft} forgets it.
     *
     * @param user who asks; stands in {@code changed_by}
     * @throws RowhouseException NOT_FOUND for an unknown topic
     */
    public Subscription subscribePassing(String user, String topic, String group, Handler handler) {
        Topic known = topics.get(topic);
        // A member first: who drops what is left sees it, once the group's change has had its lock.
        change(JOIN, known.name(), group, node.getAsInt());
        topics(user).setGroup(topic, group, new Topics.GroupSettings(false, null, null));
        topics(user).seek(topic, group, Instant.MAX);
        topics.reload();
        return subscribe(topic, group, handler);
    }

    /**
     * Reads for the components that are deployed, from now on.
     *
     * @param consuming knows what they consume
     */
    public Consumers consume(Consuming consuming, TaskStarter tasks) {
        Consumers made = new Consumers(this, consuming, tasks);
        consumers = made;
        return made;
    }

    /** Checks what a consumer is about to send, as far as it can be known to be wrong. */
    void checkSent(Messaging.Parcel parcel) {
        workflows.check(parcel);
    }

    /**
     * Notes that a task answers this mail when it has ended; it may have ended by now.
     *
     * @param replyTo the mailbox for the answer
     */
    void owe(TaskId task, Mail mail, String replyTo) throws SQLException, InterruptedException {
        transactions.with(connection -> {
            OutboxTable.owe(connection, task, mail.correlation(), replyTo);
            return true;
        });
        forwarder.answer(task);
    }

    /** These functions, as component/function, are started by mail and may owe answers. */
    void answering(Set<String> functions) {
        workflows.answering(functions);
    }

    /** What lies in this bucket's outbox was committed. Never blocks. */
    void sent(int bucket) {
        forwarder.signal(bucket);
    }

    /** False if the topic or group has been dropped, or is another one of that name. */
    boolean stands(Subscription subscription) {
        Topic topic = topics.find(subscription.topic());
        return topic != null
                && topic.number() == subscription.topicNumber()
                && topics.group(subscription.topic(), subscription.group()) != null;
    }

    private void join(Subscription subscription, int node) {
        change(JOIN, subscription.topic(), subscription.group(), node);
    }

    private void change(NamedSql statement, String topic, String group, int node) {
        try (Connection connection = connections.connect("rowhouse-topics")) {
            statement.execute(connection, Map.of("topic", topic, "group", group, "node", node));
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    /**
     * Declares a mailbox, or changes the one there is; null leaves a setting as it is.
     *
     * @param user who asks; stands in {@code changed_by}
     * @param deliveries how often a mail is tried before it becomes a dead letter, 1 to 1,000; 5 by
     *     default
     * @param backOff pause before the second try, doubled for each further one; 1 s by default
     * @param mailMax sending is refused while about so many wait; 100,000 by default
     */
    public void setMailbox(
            String user,
            String name,
            @Nullable Integer deliveries,
            @Nullable Duration backOff,
            @Nullable Integer mailMax) {
        office.setMailbox(user, name, deliveries, backOff, mailMax);
        signals.say(TOPICS);
    }

    /**
     * Puts dead letters into their mailbox again, as if they had never been tried: at most the
     * 10,000 that died first, and no more than the mailbox holds.
     *
     * @param user who asks
     * @param letter the mail's id; null: all
     */
    public RedeliveredMail redeliverMail(String user, String mailbox, @Nullable UUID letter) {
        return office.redeliver(user, mailbox, letter);
    }

    /**
     * Sends mail and waits until it is durable.
     *
     * @return the mail's id; that of the first one if its sender's id is known already
     * @throws RowhouseException NOT_FOUND for an unknown mailbox or a task that has ended;
     *     OVERLOADED if the mailbox is full
     */
    public UUID send(Postage mail) {
        return Kernel.join(office.send(mail, null)).value();
    }

    /** Sends mail without waiting; the future fails as {@link #send} does. */
    public CompletableFuture<UUID> submit(Postage mail) {
        return office.send(mail, null).thenApply(TaskId::value);
    }

    /**
     * Sends a request to a mailbox or a workflow and waits for the answer.
     *
     * @return empty if none came in time
     * @throws RowhouseException FUNCTION_FAILED if the task that was to answer has failed, or what
     *     {@link #send} throws
     */
    public Optional<String> ask(Postage request, Duration atMost) {
        return office.ask(request, atMost);
    }

    /**
     * The latest value of a key that a workflow has posted, as JSON; waits until there is one.
     *
     * @return empty if none came in time
     */
    public Optional<String> notice(TaskId task, String key, Duration atMost) {
        return office.notice(task, key, atMost);
    }

    /**
     * Handles the mail of a mailbox on this node, up to {@value MessageBounds#MAIL_AT_ONCE} at
     * once, until the reader is closed. All nodes that do so share the mail.
     *
     * @throws RowhouseException NOT_FOUND for an unknown mailbox
     */
    public MailReader serve(String mailbox, MailHandler handler) {
        MailReader reader =
                new MailReader(
                        kernel,
                        transactions,
                        desk,
                        office,
                        forwarder,
                        topics.mailbox(mailbox),
                        MessageBounds.MAIL_AT_ONCE,
                        handling,
                        handler);
        mailReaders.add(reader);
        reader.start();
        return reader;
    }

    /**
     * Reads a log of a topic from a position on, without a group.
     *
     * @param most how many messages, at most {@value MessageBounds#FETCH_MAX}
     * @throws RowhouseException NOT_FOUND for an unknown topic or log
     */
    public LogPage read(String topic, int log, long from, int most) {
        return logs.read(topics.get(topic), log, from, most);
    }

    /**
     * Reads a stream from a position on, and waits until there is something or it has ended.
     *
     * @param most how many messages, at most {@value MessageBounds#FETCH_MAX}
     * @return without messages if none came in time; a stream that nobody has begun is empty
     */
    public LogPage readStream(String stream, long from, int most, Duration atMost) {
        Topic.Log log =
                new Topic.Log(Names.bucketOf(stream, topics.keyBuckets()), Names.streamId(stream));
        LogPage[] page = new LogPage[1];
        var _ =
                office.await(
                        "stream " + stream,
                        atMost,
                        () -> {
                            page[0] = logs.read(stream, 0, log, from, most);
                            return page[0].messages().isEmpty() && !page[0].ended()
                                    ? Optional.empty()
                                    : Optional.of(stream);
                        });
        return page[0];
    }

    /** Deletes at once what retention would delete later; gives how many messages went. */
    public long sweep() {
        topics.reload();
        return sweeper.sweep();
    }

    Reader reader(Subscription subscription, Topic topic, int index, int node) {
        return new Reader(kernel, transactions, subscription, topic, index, node);
    }

    void remember(Topic.Log log, Reader reader) {
        readers.computeIfAbsent(log.id(), _ -> ConcurrentHashMap.newKeySet()).add(reader);
    }

    void forget(Topic.Log log, Reader reader) {
        readers.computeIfPresent(
                log.id(),
                (_, reading) -> {
                    reading.remove(reader);
                    return reading.isEmpty() ? null : reading;
                });
    }

    /** A subscription was closed. */
    void left(Subscription subscription, List<Reader> ended) {
        subscriptions.remove(subscription);
        readers.values().forEach(reading -> reading.removeAll(Set.copyOf(ended)));
        try {
            change(LEAVE, subscription.topic(), subscription.group(), node.getAsInt());
            signals.say(TOPICS);
        } catch (RowhouseException e) {
            // the others see it when this life of the node is over
            LOG.log(System.Logger.Level.DEBUG, "could not leave a group: {0}", e.getMessage());
        }
    }

    /** False if the mailbox has been dropped. */
    boolean stands(MailReader reader) {
        return topics.findMailbox(reader.mailbox()) != null;
    }

    /** A mailbox is read no more. */
    void left(MailReader reader) {
        mailReaders.remove(reader);
        reader.close();
    }

    private void lookSoon() {
        hurry = true;
        LockSupport.unpark(thread);
    }

    private void serve() {
        while (!closing) {
            try {
                hurry = false;
                look();
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "messages look around later: {0}",
                        e.toString());
            }
            if (!hurry && !closing) {
                LockSupport.parkNanos(this, MessageBounds.LOOK_AROUND.toNanos());
            }
        }
    }

    /** Reads the tables again, and sees that each log of this node's share has its reader. */
    private synchronized void look() {
        topics.reload();
        int self = node.getAsInt();
        for (Subscription subscription : subscriptions) {
            Topic topic = topics.find(subscription.topic());
            TopicTable.Group group = topics.group(subscription.topic(), subscription.group());
            if (topic == null || group == null) {
                continue; // dropped; its readers find no cursor
            }
            if (!group.nodes().contains(self)) {
                join(subscription, self); // another life of the node
                lookSoon();
            }
            subscription.follow(topic, group, self);
        }
        for (MailReader reader : mailReaders) {
            TopicTable.Mailbox mailbox = topics.findMailbox(reader.mailbox());
            if (mailbox != null) {
                reader.follow(mailbox);
            }
        }
    }

    /** The topic or stream that was not there; for the messages of errors. */
    static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /** Stops reading; what is being handled goes on for a moment. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        for (Subscription subscription : subscriptions) {
            subscription.close();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        mailReaders.forEach(MailReader::close);
        office.close();
        sweeper.close();
        forwarder.close();
        transactions.close();
    }

    /** For tests: what this node knows of a topic. */
    @Nullable Topic known(String topic) {
        return topics.find(topic);
    }
}
