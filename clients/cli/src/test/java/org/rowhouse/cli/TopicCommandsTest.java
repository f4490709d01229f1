package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.rowhouse.cli.CliFixture.Result;

/** {@code rowhouse topics} and {@code rowhouse mailboxes} against a node. */
class TopicCommandsTest {
    private final CliFixture cli = CliFixture.get();

    @Test
    void aTopicIsMadeFilledReadAndReplayed() {
        cli.give("topics", "set", "orders", "--retention", "7d", "--lag-max", "1000").ok();
        cli.give("topics", "group", "orders", "billing", "--deliveries", "3").ok();
        Result first = cli.give("topics", "publish", "orders", "{\"n\":1}", "--key", "a").ok();
        assertThat(first.out()).contains("position 0");
        cli.give("topics", "publish", "orders", "just a text").ok();
        assertThat(cli.give("topics").ok().out()).containsSubsequence("orders", "billing", "2");
        assertThat(cli.give("topics", "messages", "orders").ok().out())
                .contains("{\"n\":1}", "\"just a text\"");
        assertThat(cli.give("topics", "messages", "orders", "--from", "1", "--json").ok().json())
                .hasSize(1);
        assertThat(cli.give("topics", "seek", "orders", "billing", "next").ok().out())
                .contains("has 0 messages");
        assertThat(cli.give("topics", "seek", "orders", "billing", "oldest").ok().out())
                .contains("has 2 messages");
        assertThat(cli.give("topics", "dead-letters", "orders", "--json").ok().json()).isEmpty();
        assertThat(cli.give("topics", "redeliver", "orders", "billing").ok().out())
                .contains("no dead letters");
        Result other = cli.give("topics", "redeliver", "orders", "billing", "--id", "7");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("a message's id");
        assertThat(cli.give("topics", "drop-group", "orders", "billing").ok().out())
                .contains("gone");
        assertThat(cli.give("topics", "drop", "orders").ok().out()).contains("gone");
        assertThat(cli.give("topics", "list", "--json").ok().json().toString())
                .doesNotContain("\"orders\"");
    }

    @Test
    void mailIsSentToAMailbox() {
        cli.give("mailboxes", "set", "letters", "--deliveries", "2").ok();
        assertThat(cli.give("mailboxes", "send", "letters", "hello", "--priority", "3").ok().out())
                .contains("Sent as");
        assertThat(cli.give("mailboxes").ok().out()).containsSubsequence("letters", "1");
        assertThat(cli.give("mailboxes", "dead-letters", "letters", "--json").ok().json())
                .isEmpty();
        assertThat(cli.give("mailboxes", "redeliver", "letters").ok().out())
                .contains("no dead letters");
        assertThat(cli.give("mailboxes", "drop", "letters").ok().out()).contains("gone");
        assertThat(cli.give("mailboxes", "--json").ok().json()).isEmpty();
        assertThat(cli.give("mailboxes", "drop", "letters").err()).contains("no mailbox 'letters'");
    }

    @Test
    void whatIsNotThereIsSaidByName() {
        Result unknown = cli.give("topics", "publish", "nowhere", "1");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("nowhere");
        Result endless = cli.give("topics", "set", "bad", "--logs", "5000");
        assertThat(endless.code()).isEqualTo(2);
        assertThat(endless.err()).contains("1 to 1024");
    }
}
