package org.rowhouse.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Connections;

/**
 * Messages while connections are lost, before the server has a statement and after it has committed
 * it: nothing acknowledged is lost, nothing is handled twice.
 */
class MessageFaultsTest extends LiveMessages {
    private static final long SEED = 20_261_126;

    private final Random random = new Random(SEED);
    private final AtomicInteger faults = new AtomicInteger();
    private volatile boolean disturbed;

    /** From now on no commit of the forwarder is answered. */
    private volatile boolean answersLost;

    @Override
    Connections connections() {
        return purpose -> {
            if (disturbed && purpose.equals("rowhouse-handlers") && draw() < 30) {
                faults.incrementAndGet();
                throw new RowhouseException(ErrorCode.DATABASE_UNAVAILABLE, "no room");
            }
            Connection real = database.connect(purpose);
            if (purpose.equals("rowhouse-forwarder")) {
                return unanswered(real);
            }
            boolean lane = purpose.startsWith("rowhouse-lane");
            return lane || purpose.equals("rowhouse-handlers") ? faulty(real) : real;
        };
    }

    /** One in thirty executions or commits loses its connection, half of them after the effect. */
    private Connection faulty(Connection real) {
        return (Connection)
                Proxy.newProxyInstance(
                        MessageFaultsTest.class.getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("commit")) {
                                return disturb(real, () -> method.invoke(real, arguments));
                            }
                            Object result = invoke(() -> method.invoke(real, arguments));
                            return result instanceof PreparedStatement statement
                                    ? faulty(real, statement)
                                    : result;
                        });
    }

    /** Loses the answers of its commits from {@link #answersLost} on. */
    private Connection unanswered(Connection real) {
        return (Connection)
                Proxy.newProxyInstance(
                        MessageFaultsTest.class.getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (_, method, arguments) -> {
                            Object result = invoke(() -> method.invoke(real, arguments));
                            if (answersLost && method.getName().equals("commit")) {
                                faults.incrementAndGet();
                                real.close();
                                throw new SQLException("lost with the answer", "08006");
                            }
                            return result;
                        });
    }

    private PreparedStatement faulty(Connection real, PreparedStatement statement) {
        return (PreparedStatement)
                Proxy.newProxyInstance(
                        MessageFaultsTest.class.getClassLoader(),
                        new Class<?>[] {PreparedStatement.class},
                        (_, method, arguments) ->
                                method.getName().equals("execute")
                                        ? disturb(real, () -> method.invoke(statement, arguments))
                                        : invoke(() -> method.invoke(statement, arguments)));
    }

    private interface Call {
        Object run() throws ReflectiveOperationException;
    }

    private static Object invoke(Call call) throws Throwable {
        try {
            return call.run();
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }

    private Object disturb(Connection real, Call call) throws Throwable {
        int draw = disturbed ? draw() : -1;
        if (draw == 0) {
            faults.incrementAndGet();
            real.close();
            throw new SQLException("lost before it was sent (seed " + SEED + ")", "08006");
        }
        Object result = invoke(call);
        if (draw == 1) {
            faults.incrementAndGet();
            real.close();
            throw new SQLException("lost with the answer (seed " + SEED + ")", "08006");
        }
        return result;
    }

    private int draw() {
        synchronized (random) {
            return random.nextInt(60);
        }
    }

    @Test
    void everyMessageIsPublishedAndHandledOnceWhateverConnectionsAreLost() throws Exception {
        topic("work", 2);
        // One failure would do: what the database does is no fault of a message.
        messages.topics("tester")
                .setGroup("work", "g", new Topics.GroupSettings(true, 1, Duration.ZERO));
        database.run("drop table if exists public.seen; create table public.seen (body text)");
        messages.subscribe(
                "work",
                "g",
                (Handler.Transaction)
                        (sql, batch) -> {
                            for (Message message : batch) {
                                try (var insert =
                                        sql.prepareStatement(
                                                "insert into public.seen values (?)")) {
                                    insert.setString(1, message.body());
                                    insert.executeUpdate();
                                }
                            }
                        });
        disturbed = true;
        List<CompletableFuture<Long>> sent = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            sent.add(messages.submit(Publication.of("work", "k" + i % 5, "" + i)));
            if (i % 10 == 9) {
                sent.getLast().join(); // small batches, so that many can be lost
            }
        }
        sent.forEach(CompletableFuture::join);
        await(() -> Integer.parseInt(database.value("select count(*) from public.seen")) >= 2_000);
        disturbed = false;
        assertThat(
                        database.value(
                                "select count(*) || ' ' || count(distinct body) from public.seen"))
                .as("handled, with seed " + SEED)
                .isEqualTo("2000 2000");
        assertThat(database.value("select count(*) from rowhouse.message")).isEqualTo("2000");
        assertThat(database.rows("select from rowhouse.dead_letter")).isEmpty();
        assertThat(faults.get()).as("connections lost").isGreaterThan(10);
    }

    @Test
    void everyMailIsHandledOnceWhateverConnectionsAreLost() throws Exception {
        messages.setMailbox("tester", "box", 1, Duration.ZERO, null);
        database.run("drop table if exists public.seen; create table public.seen (body text)");
        messages.serve(
                "box",
                (MailHandler.Transaction)
                        (sql, mail) -> {
                            try (var insert =
                                    sql.prepareStatement("insert into public.seen values (?)")) {
                                insert.setString(1, mail.body());
                                insert.executeUpdate();
                            }
                            return null;
                        });
        disturbed = true;
        for (int i = 0; i < 400; i++) {
            messages.send(Postage.to("box", "" + i));
        }
        await(() -> Integer.parseInt(database.value("select count(*) from public.seen")) >= 400);
        disturbed = false;
        await(() -> database.rows("select from rowhouse.mail where state <> 'done'").isEmpty());
        assertThat(
                        database.value(
                                "select count(*) || ' ' || count(distinct body) from public.seen"))
                .as("handled, with seed " + SEED)
                .isEqualTo("400 400");
        assertThat(database.rows("select from rowhouse.dead_letter")).isEmpty();
        assertThat(faults.get()).as("connections lost").isGreaterThan(10);
    }

    /** Each is asked for once: what the database does is not its one try. */
    @Test
    void everyDeadLetterIsHandedOnWhateverConnectionsAreLost() throws Exception {
        topic("work", 1);
        Topics topics = messages.topics("tester");
        topics.setGroup("work", "g", new Topics.GroupSettings(true, 1, Duration.ZERO));
        database.run("drop table if exists public.seen; create table public.seen (body text)");
        Set<String> broken = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 150; i++) {
            broken.add("" + i);
            messages.publish(Publication.of("work", "k", "" + i));
        }
        messages.subscribe(
                "work",
                "g",
                (Handler.Transaction)
                        (sql, batch) -> {
                            for (Message message : batch) {
                                if (broken.contains(message.body())) {
                                    throw new IllegalStateException("broken");
                                }
                                try (var insert =
                                        sql.prepareStatement(
                                                "insert into public.seen values (?)")) {
                                    insert.setString(1, message.body());
                                    insert.executeUpdate();
                                }
                            }
                        });
        await(() -> database.rows("select from rowhouse.dead_letter").size() == 150);
        broken.clear();
        broken.add("7");
        disturbed = true;
        assertThat(topics.redeliver("work", "g", null)).isEqualTo(150);
        messages.heard("topics");
        await(() -> database.rows("select from rowhouse.dead_letter").size() == 1);
        await(() ->
                database.rows("select from rowhouse.dead_letter where asked_at is null").size()
                        == 1);
        disturbed = false;
        assertThat(database.value("select body || ' ' || reason from rowhouse.dead_letter"))
                .isEqualTo("7 java.lang.IllegalStateException: broken");
        assertThat(
                        database.value(
                                "select count(*) || ' ' || count(distinct body) from public.seen"))
                .as("handled, with seed " + SEED)
                .isEqualTo("149 149");
        assertThat(faults.get()).as("connections lost").isGreaterThan(10);
    }

    /** A workflow that was put aside does not look again by itself. */
    @Test
    void aWorkflowIsToldOfItsMailThoughTheForwarderNeverHeardOfItsCommit() throws Exception {
        TaskId task = TaskId.create(0, 1);
        Set<TaskId> told = ConcurrentHashMap.newKeySet();
        messages.forWorkflows().onWake(told::add);
        database.rows(
                """
                insert into rowhouse.task (bucket, id, state, root, component, version, function, queue, input)
                select 0, ?, 'waiting', ?, 'c', 'v', 'f', 'direct', '{}'
                """,
                task.value(),
                task.value());
        answersLost = true;
        database.rows(
                """
                insert into rowhouse.outbox (bucket, sender, step, place, kind, target, body)
                values (0, ?, 1, 0, 'task', ?, '{}')
                """,
                task.value(),
                task.toString());
        messages.forWorkflows().committed(task);
        await(() -> database.rows("select from rowhouse.mail").size() == 1);
        await(() -> told.contains(task));
        assertThat(faults.get()).isPositive();
    }
}
