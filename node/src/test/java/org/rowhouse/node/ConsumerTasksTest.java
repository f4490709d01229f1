package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.TaskId;
import org.rowhouse.messages.Postage;

/** Deployed components whose tasks the messages of topics and mailboxes start. */
class ConsumerTasksTest extends LiveConsumers {
    @Test
    void eachMessageStartsOneTask() throws Exception {
        topic("readings", 2);
        publish("readings", 0, 300);
        deploy(
                "starter",
                """
                @Workflow @Consumes(topic = "readings", group = "starting")
                public Answer twice(Reading reading) { return new Answer(2 * reading.number()); }
                """);
        String ended =
                "select (output->>'twice')::int as number from rowhouse.task where component ="
                        + " 'starter' and state = 'succeeded'";
        assertEachOnce("(" + ended + ") as t", 300);
        rowhouse.messages().topics("test").seek("readings", "starting", java.time.Instant.MIN);
        assertEachOnce("(" + ended + ") as t", 300);
    }

    @Test
    void tasksOfAConsumerWaitInItsQueue() throws Exception {
        topic("readings", 2);
        String starting =
                """
                @Function @Consumes(topic = "readings", group = "starting", queue = "narrow")
                public Answer twice(Reading reading) { return new Answer(2 * reading.number()); }
                """;
        assertThatThrownBy(() -> deploy("queued", starting))
                .hasMessageContaining(
                        "starts tasks of its messages in the queue 'narrow', which is not there:"
                                + " `rowhouse queues set narrow` declares it");
        rows("select rowhouse.set_queue('narrow', concurrency => 2)");
        rows("select rowhouse.pause_queue('narrow')");
        deploy("queued", starting);
        publish("readings", 0, 50);
        String waiting = "select 1 from rowhouse.task where queue = 'narrow' and state = 'ready'";
        await(() -> rows(waiting).size() == 50);
        assertThat(rows("select state from rowhouse.task where queue = 'narrow'"))
                .as("none runs while the queue is paused")
                .containsOnly("ready");
        rows("select rowhouse.resume_queue('narrow')");
        String ended =
                "select (output->>'twice')::int as number from rowhouse.task where component ="
                        + " 'queued' and state = 'succeeded'";
        assertEachOnce("(" + ended + ") as t", 50);
        assertThatThrownBy(() -> rows("select rowhouse.drop_queue('narrow')"))
                .hasMessageContaining("Consumer queued/twice starts its tasks in queue narrow");
    }

    /** As when a node dies between start and acknowledgement, and another version takes over. */
    @Test
    void aMessageStartsOneTaskWhateverQueueItsConsumerHas() throws Exception {
        topic("readings", 2);
        rows("select rowhouse.set_queue('former')");
        rows("select rowhouse.set_queue('later', concurrency => 2)");
        publish("readings", 0, 50);
        String twice =
                "(select (output->>'twice')::int as number from rowhouse.task"
                        + " where component = 'changing' and state = 'succeeded') as t";
        int known = 50;
        for (String queue :
                List.of(
                        "",
                        ", queue = \"former\"",
                        ", queue = \"later\"",
                        ", queue = \"former\"",
                        "")) {
            deploy(
                    "changing",
                    """
                    @Function @Consumes(topic = "readings", group = "changing"%s)
                    public Answer twice(Reading reading) { return new Answer(2 * reading.number()); }
                    """
                            .formatted(queue));
            String current =
                    rows("select version from rowhouse.component where name = 'changing' and"
                                    + " current")
                            .getFirst();
            String latest =
                    "select version from rowhouse.task where component = 'changing'"
                            + " order by id desc limit 1";
            do {
                publish("readings", known, known + 20);
                known += 20;
                assertEachOnce(twice, known);
            } while (!rows(latest).contains(current));
            rowhouse.messages().topics("test").seek("readings", "changing", java.time.Instant.MIN);
            assertEachOnce(twice, known);
        }
    }

    @Test
    void mailStartsOneTaskEachAndRowsSayWho() throws Exception {
        rowhouse.messages().setMailbox("test", "orders", 3, Duration.ofMillis(10), null);
        deploy(
                "orderer",
                """
                @Function @Consumes(mailbox = "orders")
                public Answer order(Reading reading) { return new Answer(2 * reading.number()); }
                """);
        for (int i = 0; i < 20; i++) {
            rowhouse.messages().send(Postage.to("orders", "{\"number\": " + i + "}"));
        }
        await(() ->
                rows("select distinct output->>'twice' from rowhouse.task"
                                        + " where component = 'orderer' and state = 'succeeded'")
                                .size()
                        == 20);
        assertThat(rows("select count(*) from rowhouse.task where component = 'orderer'"))
                .containsExactly("20");
        assertThat(rowhouse.deployments().consumptions())
                .extracting(each -> each.component() + "/" + each.function() + " " + each.source())
                .containsExactly("orderer/order mailbox 'orders'");
    }

    @Test
    void aTaskThatMailStartedAnswersIt() throws Exception {
        rowhouse.messages().setMailbox("test", "questions", 3, Duration.ofMillis(10), null);
        rowhouse.messages().setMailbox("test", "go", 3, Duration.ofMillis(10), null);
        deploy(
                "answerer",
                """
                @Workflow @Consumes(mailbox = "questions")
                public Answer order(Reading reading) {
                    Task.sleep(java.time.Duration.ofMillis(20));
                    if (reading.number() < 0) throw new IllegalArgumentException("no such order");
                    return new Answer(2 * reading.number());
                }
                @Workflow @Consumes(mailbox = "go")
                public Answer asking(Reading reading) {
                    try {
                        return Task.ask("questions", reading, Answer.class, java.time.Duration.ofMinutes(1)).get();
                    } catch (StepFailedException e) {
                        return new Answer(e.getMessage().contains("no such order") ? -1 : -2);
                    }
                }
                """);
        for (int i = 0; i < 5; i++) {
            assertThat(asked("questions", i)).isEqualTo("{\"twice\": " + 2 * i + "}");
        }
        assertThatThrownBy(() -> asked("questions", -3)).hasMessageContaining("no such order");
        assertThat(asked("go", 4)).isEqualTo("{\"twice\": 8}");
        assertThat(asked("go", -4)).isEqualTo("{\"twice\": -1}");
        assertThat(rows("select 1 from rowhouse.owed_answer")).isEmpty();
    }

    private static String asked(String mailbox, int number) {
        return rowhouse.messages()
                .ask(Postage.to(mailbox, "{\"number\": " + number + "}"), SOON)
                .orElseThrow();
    }

    /** It never ran, and nobody but the rows tells that it has ended. */
    @Test
    void aTaskThatIsCancelledBeforeItRunsAnswersToo() throws Exception {
        rowhouse.messages().setMailbox("test", "questions", 3, Duration.ofMillis(10), null);
        rows("select rowhouse.set_queue('still')");
        rows("select rowhouse.pause_queue('still')");
        deploy(
                "answerer",
                """
                @Function @Consumes(mailbox = "questions", queue = "still")
                public Answer order(Reading reading) { return new Answer(2 * reading.number()); }
                """);
        CompletableFuture<String> answer =
                CompletableFuture.supplyAsync(() -> asked("questions", 1));
        await(() -> rows("select 1 from rowhouse.owed_answer").size() == 1);
        rows(
                "select rowhouse.cancel_tasks(array(select id from rowhouse.task where queue ="
                        + " 'still' and state = 'ready'))::text");
        assertThatThrownBy(answer::join).hasMessageContaining("Cancelled by");
        assertThat(rows("select 1 from rowhouse.owed_answer")).isEmpty();
    }

    /** A workflow that was put aside runs again by the version that it was started with. */
    @Test
    void whatWasStartedBeforeGoesOn() throws Exception {
        rowhouse.messages().setMailbox("test", "orders", 3, Duration.ofMillis(10), null);
        deploy(
                "holder",
                """
                @Workflow @Consumes(mailbox = "orders")
                public Answer hold(Reading reading) {
                    Task.receive(Reading.class, java.time.Duration.ofMinutes(5));
                    return Task.step("twice", Answer.class, () -> new Answer(2 * reading.number()));
                }
                """);
        rowhouse.messages().send(Postage.to("orders", "{\"number\": 4}"));
        String held =
                "select id from rowhouse.task where component = 'holder' and state = 'waiting'";
        await(() -> rows(held).size() == 1);
        assertThatThrownBy(() -> rows("select rowhouse.undeploy_component('holder')"))
                .hasMessageContaining("Component holder has tasks that have not ended: 1.");
        assertThat(rows("select unended from rowhouse.undeploy_component('holder', true)"))
                .containsExactly("1");
        TaskId task = TaskId.parse(rows(held).getFirst());
        rowhouse.messages().send(Postage.to(task, "{\"number\": 1}"));
        await(() ->
                rows("select output->>'twice' from rowhouse.task where component = 'holder'")
                        .equals(List.of("8")));
    }
}
