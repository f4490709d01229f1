package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.Workflow;
import org.rowhouse.messages.LogPage;
import org.rowhouse.messages.Topics;

/** What workflows send to each other, receive and let each other know. */
class WorkflowMessagesTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir static Path folder;
    private static Rowhouse rowhouse;

    public record Note(String text) {}

    public record Received(List<String> texts) {}

    public record To(String task, int count) {}

    public record Waits(int seconds, int count) {}

    /** Workflows that talk. */
    public static class Talk {
        @Workflow
        public Received listen(Waits waits) {
            return new Received(
                    IntStream.range(0, waits.count())
                            .mapToObj(_ ->
                                    Task.receive(Note.class, Duration.ofSeconds(waits.seconds()))
                                            .map(Note::text)
                                            .orElse("nothing"))
                            .toList());
        }

        @Workflow
        public Note tell(To to) {
            for (int i = 0; i < to.count(); i++) {
                Task.send(TaskId.parse(to.task()), new Note("note " + i));
            }
            return new Note("told");
        }

        @Workflow
        public Note tellInOneStep(To to) {
            return Task.transaction(
                    "tell all",
                    Note.class,
                    sql -> {
                        for (int i = 0; i < to.count(); i++) {
                            Task.send(TaskId.parse(to.task()), new Note("note " + i));
                        }
                        Task.publish("told", to.task(), new Note("told"));
                        Task.post("told", to.count());
                        return new Note("told");
                    });
        }

        @Workflow
        public Note failAfterSending(To to) {
            return Task.transaction(
                    "tell and fail",
                    Note.class,
                    sql -> {
                        Task.send(TaskId.parse(to.task()), new Note("never"));
                        throw new IllegalStateException("rolled back");
                    });
        }

        @Workflow
        public Note slowlyPost(Note note) {
            Task.post("state", new Note("begun"));
            Task.sleep(Duration.ofSeconds(2));
            Task.post(note.text(), new Note("done"));
            return note;
        }

        @Workflow
        public Received watch(To to) {
            TaskId of = TaskId.parse(to.task());
            Optional<Note> first = Task.awaitNotice(of, "state", Note.class, LONG);
            Optional<Note> last = Task.awaitNotice(of, "end", Note.class, LONG);
            return new Received(List.of(first.orElseThrow().text(), last.orElseThrow().text()));
        }

        @Workflow
        public Note late(To to) {
            Task.send(
                    TaskId.parse(to.task()),
                    new Note("late"),
                    SendOptions.USUAL.delay(Duration.ofSeconds(1)));
            Task.send(TaskId.parse(to.task()), new Note("low"));
            Task.send(TaskId.parse(to.task()), new Note("high"), SendOptions.USUAL.priority(9));
            return new Note("sent");
        }

        @Workflow
        public Note stream(To to) {
            for (int i = 0; i < to.count(); i++) {
                Task.append("lines", new Note("line " + i));
            }
            Task.closeStream("lines");
            return new Note("closed");
        }
    }

    @BeforeAll
    static void open() {
        rowhouse = Rowhouse.open(folder.resolve("home"));
        rowhouse.register(new Talk());
        rowhouse.messages().topics("tester").set("told", Topics.Settings.USUAL);
    }

    @AfterAll
    static void close() {
        rowhouse.close();
    }

    @Test
    void aWorkflowReceivesWhatAnotherSendsInItsOrder() {
        var listener = start("talk/listen", new Waits(300, 3), Received.class);
        rowhouse.run("talk/tell", new To(listener.id().toString(), 3), Note.class);
        assertThat(listener.result(LONG).texts()).containsExactly("note 0", "note 1", "note 2");
    }

    @Test
    void aLongWaitHoldsNoThreadAndEndsWhenTheMessageComes() throws Exception {
        var listener = start("talk/listen", new Waits(3000, 1), Received.class);
        await("waiting", listener.id());
        rowhouse.run("talk/tell", new To(listener.id().toString(), 1), Note.class);
        assertThat(listener.result(LONG).texts()).containsExactly("note 0");
    }

    @Test
    void aWaitEndsEmptyWhenItsTimeIsOver() {
        var listener = start("talk/listen", new Waits(2, 1), Received.class);
        assertThat(listener.result(LONG).texts()).containsExactly("nothing");
    }

    @Test
    void whatATransactionStepSendsCommitsWithIt() throws Exception {
        var listener = start("talk/listen", new Waits(300, 2), Received.class);
        String task = listener.id().toString();
        try {
            rowhouse.run("talk/failAfterSending", new To(task, 1), Note.class);
        } catch (org.rowhouse.api.RowhouseException e) {
            assertThat(e).hasMessageContaining("rolled back");
        }
        rowhouse.run("talk/tellInOneStep", new To(task, 2), Note.class);
        assertThat(listener.result(LONG).texts()).containsExactly("note 0", "note 1");
        awaitRow("select key from rowhouse.message where key = '" + task + "'", task);
        assertThat(value("select value from rowhouse.notice where key = 'told'")).isEqualTo("2");
        assertThat(value("select count(*) from rowhouse.outbox")).isEqualTo("0");
    }

    @Test
    void aNoticeIsAwaitedAlsoByWorkflowsThatWerePutAside() {
        var poster = start("talk/slowlyPost", new Note("end"), Note.class);
        var watcher = start("talk/watch", new To(poster.id().toString(), 0), Received.class);
        assertThat(watcher.result(LONG).texts()).containsExactly("begun", "done");
    }

    @Test
    void aStreamIsReadFromAnyPositionUntilItsEnd() {
        start("talk/stream", new To("", 5), Note.class).result(LONG);
        List<String> lines = new ArrayList<>();
        LogPage page = rowhouse.messages().readStream("lines", 0, 2, LONG);
        while (!page.ended() || !page.messages().isEmpty()) {
            page.messages().forEach(message -> lines.add(message.body()));
            page = rowhouse.messages().readStream("lines", page.next(), 2, LONG);
        }
        assertThat(lines)
                .containsExactly(
                        IntStream.range(0, 5)
                                .mapToObj("{\"text\":\"line %d\"}"::formatted)
                                .toArray(String[]::new));
        assertThat(rowhouse.messages().readStream("lines", 3, 9, LONG).messages()).hasSize(2);
    }

    @Test
    void delayedMessagesComeLateAndUrgentOnesFirst() throws Exception {
        var listener = start("talk/listen", new Waits(3000, 3), Received.class);
        await("waiting", listener.id());
        start("talk/late", new To(listener.id().toString(), 0), Note.class).result(LONG);
        assertThat(listener.result(LONG).texts())
                .hasSize(3)
                .endsWith("late")
                .contains("low", "high");
    }

    private static <R> TaskHandle<R> start(String function, Object input, Class<R> type) {
        return rowhouse.start(function, input, type, StartOptions.DIRECT);
    }

    private static void await(String state, TaskId id) throws SQLException {
        awaitRow("select state from rowhouse.task where id = '" + id + "'", state);
    }

    private static void awaitRow(String query, String wanted) throws SQLException {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!wanted.equals(value(query))) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static String value(String query) throws SQLException {
        try (Connection connection = rowhouse.database().connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? String.valueOf(row.getString(1)) : "none";
        }
    }
}
