package org.rowhouse.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.TaskId;

/** Mailboxes: order, priority, delay, time to live, answers, redelivery. */
class MailTest extends LiveMessages {
    private final List<String> got = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void declare() {
        messages.setMailbox("tester", "box", 3, Duration.ofMillis(5), 50);
    }

    @Test
    void mailIsReceivedByPriorityAndThenInTheOrderInWhichItWasSent() throws Exception {
        for (int i = 0; i < 10; i++) {
            messages.send(
                    Postage.to("box", "" + i).options(SendOptions.USUAL.priority(i == 7 ? 5 : 0)));
        }
        var rows =
                kernel.call(
                        MailCalls.COLLECT,
                        new MailCalls.Collect(Names.bucketOf("box", 2), "box", 1, 100));
        assertThat(rows)
                .extracting(MailCalls.Collected::body)
                .containsExactly("7", "0", "1", "2", "3", "4", "5", "6", "8", "9");
    }

    @Test
    void delayedMailComesWhenItsTimeHasComeAndExpiredMailBecomesADeadLetter() throws Exception {
        messages.send(
                Postage.to("box", "late").options(SendOptions.USUAL.delay(Duration.ofMillis(300))));
        messages.send(
                Postage.to("box", "short")
                        .options(SendOptions.USUAL.timeToLive(Duration.ofMillis(1))));
        await(() ->
                database.rows("select body from rowhouse.dead_letter").equals(List.of("short")));
        messages.serve("box", (MailHandler.Plain) mail -> note(mail, null));
        await(() -> got.size() == 1);
        assertThat(got).containsExactly("late");
        assertThat(
                        database.value(
                                "select min(done_at - sent_at) >= interval '300 ms' from"
                                        + " rowhouse.mail where body = 'late'"))
                .isEqualTo("t");
    }

    @Test
    void aRequestGetsItsAnswerFromEitherKindOfHandler() throws Exception {
        MailReader plain =
                messages.serve("box", (MailHandler.Plain) mail -> note(mail, "to " + mail.body()));
        assertThat(messages.ask(Postage.to("box", "one"), SOON)).contains("to one");
        plain.close();
        messages.serve(
                "box",
                (MailHandler.Transaction)
                        (sql, mail) -> note(mail, mail.body().equals("silent") ? null : "2"));
        assertThat(messages.ask(Postage.to("box", "two"), SOON)).contains("2");
        assertThat(messages.ask(Postage.to("box", "silent"), Duration.ofMillis(50))).isEmpty();
    }

    @Test
    void mailThatNobodyCanHandleIsTriedAsOftenAsTheMailboxSays() throws Exception {
        messages.serve(
                "box",
                (MailHandler.Plain)
                        mail -> {
                            got.add(mail.body() + " " + mail.attempts());
                            throw new IllegalStateException("broken");
                        });
        messages.send(Postage.to("box", "x"));
        await(() -> !database.rows("select from rowhouse.dead_letter").isEmpty());
        assertThat(got).containsExactly("x 0", "x 1", "x 2");
        assertThat(database.value("select attempts || ' ' || reason from rowhouse.dead_letter"))
                .isEqualTo("3 java.lang.IllegalStateException: broken");
    }

    @Test
    void whoServesAMailboxFollowsItsSettings() throws Exception {
        messages.setMailbox("tester", "box", 1000, null, null); // would take hours
        messages.serve(
                "box",
                (MailHandler.Plain)
                        mail -> {
                            throw new IllegalStateException("broken");
                        });
        messages.send(Postage.to("box", "x"));
        messages.setMailbox("tester", "box", 1, null, null);
        messages.heard("topics");
        await(() -> !database.rows("select from rowhouse.dead_letter").isEmpty());
    }

    @Test
    void whatADeadNodeWasHandlingIsHandledAgain() throws Exception {
        Messages other = node(kernel, 2);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        MailReader stuck =
                other.serve(
                        "box",
                        (MailHandler.Transaction)
                                (sql, mail) -> {
                                    begun.countDown();
                                    never.await();
                                    return note(mail, null);
                                });
        messages.send(Postage.to("box", "x"));
        other.heard("mail box");
        begun.await();
        database.run(
                "update rowhouse.node set ended_at = now(), ended_by = 'lease' where number = 2");
        messages.serve("box", (MailHandler.Plain) mail -> note(mail, null));
        await(() -> got.size() == 1);
        never.countDown();
        stuck.close();
        assertThat(database.rows("select state, attempts, node from rowhouse.mail"))
                .containsExactly("done 1 1");
    }

    @Test
    void aFullMailboxRefusesAndMailOfOneIdIsSentOnce() {
        for (int i = 0; i < 3; i++) {
            assertThat(messages.send(Postage.to("box", "same").id("a")))
                    .isEqualTo(messages.send(Postage.to("box", "same").id("a")));
        }
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 100; i++) {
                                messages.send(Postage.to("box", "x"));
                            }
                        })
                .hasMessageContaining("The mailbox box is full: 50 mails wait");
    }

    @Test
    void mailForATaskThatIsNotThereIsRefused() {
        TaskId unknown = TaskId.create(0, 1);
        assertThatThrownBy(() -> messages.send(Postage.to(unknown, "x")))
                .hasMessageContaining("was never there");
        assertThatThrownBy(() -> messages.send(Postage.to("nowhere", "x")))
                .hasMessageContaining("There is no mailbox 'nowhere'; there are: box");
    }

    private @Nullable String note(Mail mail, @Nullable String answer) {
        got.add(mail.body());
        return answer;
    }
}
