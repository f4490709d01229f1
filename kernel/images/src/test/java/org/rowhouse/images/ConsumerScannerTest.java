package org.rowhouse.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rowhouse.images.Refusals.assertRefused;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Function;
import org.rowhouse.api.Message;
import org.rowhouse.api.Needs;
import org.rowhouse.api.Outbox;
import org.rowhouse.api.Workflow;
import org.rowhouse.api.spi.ConsumerImage.Source;

@SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // read by reflection
class ConsumerScannerTest {
    record Reading(int number) {}

    record Pair<A, B>(A first, B second) {}

    private static List<ConsumerDefinition> scan(Object... instances) {
        List<Class<?>> classes =
                List.<Class<?>>copyOf(List.of(instances).stream().map(Object::getClass).toList());
        return new ConsumerScanner("plant", true, new FunctionScanner(true).scan(classes))
                .scan(classes);
    }

    private static void refused(Object instance, String... parts) {
        assertRefused(() -> scan(instance), ErrorCode.INVALID_COMPONENT, parts);
    }

    static class Good {
        @Consumes(topic = "readings")
        void sum(Connection sql, List<Message<Reading>> batch) {}

        @Consumes(topic = "readings", group = "pairs")
        void pairs(Connection sql, List<Message<Pair<Integer, List<Reading>>>> batch) {}

        @Consumes(mailbox = "shipping")
        Reading ship(Connection sql, Reading reading) {
            return reading;
        }

        @Workflow("look-at")
        @Consumes(topic = "readings", group = "looks")
        Reading look(Reading reading) {
            return reading;
        }
    }

    @Test
    void everyFormIsFoundWithItsSource() {
        assertThat(scan(new Good()))
                .extracting(ConsumerDefinition::function, ConsumerDefinition::source)
                .map(Object::toString)
                .containsExactlyInAnyOrder(
                        "(\"sum\", group 'plant' of topic 'readings')",
                        "(\"pairs\", group 'pairs' of topic 'readings')",
                        "(\"ship\", mailbox 'shipping')",
                        "(\"look-at\", group 'looks' of topic 'readings')");
        assertThat(scan(new Good()))
                .filteredOn(ConsumerDefinition::startsTasks)
                .extracting(ConsumerDefinition::source)
                .containsExactly(new Source("readings", "looks", null));
    }

    @Test
    void aConsumerNamesATopicOrAMailbox() {
        refused(
                new Object() {
                    @Consumes
                    void take(Connection sql, List<Message<Reading>> batch) {}
                },
                "is marked @Consumes, but names neither a topic nor a mailbox");
        refused(
                new Object() {
                    @Consumes(topic = "a", mailbox = "b")
                    void take(Connection sql, List<Message<Reading>> batch) {}
                },
                "names both a topic and a mailbox");
        refused(
                new Object() {
                    @Consumes(mailbox = "b", group = "g")
                    void take(Connection sql, Reading body) {}
                },
                "names a group of a mailbox: only topics have groups");
    }

    @Test
    void namesAreThoseThatCanBeDeclared() {
        refused(
                new Object() {
                    @Consumes(topic = "Readings")
                    void take(Connection sql, List<Message<Reading>> batch) {}
                },
                "has the topic 'Readings': such names have 1 to 63 lower-case letters");
        refused(
                new Object() {
                    @Consumes(topic = "a", group = "1")
                    void take(Connection sql, List<Message<Reading>> batch) {}
                },
                "has the group '1'");
        refused(
                new Object() {
                    @Consumes(
                            mailbox =
                                    "a234567890123456789012345678901234567890123456789012345678901234")
                    void take(Connection sql, Reading body) {}
                },
                "has the mailbox 'a2345");
    }

    @Test
    void aConsumerOfATopicTakesAConnectionAndMessagesOfARecord() {
        String rule = "a consumer of a topic takes a java.sql.Connection, a List of Message";
        refused(
                new Object() {
                    @Consumes(topic = "a")
                    void take(List<Message<Reading>> batch) {}
                },
                rule);
        refused(
                new Object() {
                    @Consumes(topic = "a")
                    void take(Connection sql, Reading body) {}
                },
                rule);
        refused(
                new Object() {
                    @Consumes(topic = "a")
                    @SuppressWarnings("rawtypes")
                    void take(Connection sql, List<Message> batch) {}
                },
                rule);
        refused(
                new Object() {
                    @Consumes(topic = "a")
                    void take(Connection sql, List<Message<Map<String, String>>> batch) {}
                },
                "hold java.util.Map<java.lang.String, java.lang.String>: they hold one record");
        refused(
                new Object() {
                    @Consumes(topic = "a")
                    Reading take(Connection sql, List<Message<Reading>> batch) {
                        return batch.getFirst().body();
                    }
                },
                "a consumer of a topic returns nothing");
    }

    @Test
    void aConsumerOfAMailboxTakesAConnectionAndARecord() {
        refused(
                new Object() {
                    @Consumes(mailbox = "a")
                    void take(Connection sql) {}
                },
                "a consumer of a mailbox takes a java.sql.Connection, one record and perhaps an");
        refused(
                new Object() {
                    @Consumes(mailbox = "a")
                    void take(Connection sql, String body) {}
                },
                "hold java.lang.String: they hold one record");
        refused(
                new Object() {
                    @Consumes(mailbox = "a")
                    String take(Connection sql, Reading body) {
                        return "no record";
                    }
                },
                "returns java.lang.String: a consumer of a mailbox returns nothing, or the answer");
    }

    @Test
    void oneConsumerHandlesAGroupAndNamesAreUnique() {
        refused(
                new Object() {
                    @Consumes(topic = "a")
                    void one(Connection sql, List<Message<Reading>> batch) {}

                    @Consumes(topic = "a", group = "plant")
                    void two(Connection sql, List<Message<Reading>> batch) {}
                },
                "both consume group 'plant' of topic 'a': give one of them another group");
        refused(
                new Object() {
                    @Consumes(mailbox = "a")
                    void one(Connection sql, Reading body) {}

                    @Function
                    @Consumes(mailbox = "a")
                    void two(Reading body) {}
                },
                "both consume mailbox 'a': one must do");
        refused(
                new Object() {
                    @Function
                    void take() {}

                    @Consumes(mailbox = "a")
                    void take(Connection sql, Reading body) {}
                },
                "has the name of");
    }

    @Test
    void aFunctionThatConsumesTakesARecord() {
        refused(
                new Object() {
                    @Function
                    @Consumes(topic = "a")
                    void take() {}
                },
                "takes nothing: it takes the message's body, one record");
        refused(
                new Object() {
                    @Workflow
                    @Consumes(topic = "a")
                    void take(Connection sql, List<Message<Reading>> batch) {}
                },
                "a function takes nothing or one record");
        refused(
                new Object() {
                    @Needs(cores = 1)
                    @Consumes(mailbox = "a")
                    void take(Connection sql, Reading body) {}
                },
                "also @Needs something: only functions do");
    }

    @Test
    void onlyTasksWaitInAQueue() {
        assertThat(
                        scan(
                                new Object() {
                                    @Workflow
                                    @Consumes(topic = "a", queue = "slow")
                                    Reading look(Reading reading) {
                                        return reading;
                                    }
                                }))
                .extracting(ConsumerDefinition::queue)
                .containsExactly("slow");
        refused(
                new Object() {
                    @Consumes(mailbox = "b", queue = "slow")
                    void take(Connection sql, Reading body) {}
                },
                "names a queue: only tasks wait in one, so make it a @Function");
        refused(
                new Object() {
                    @Function
                    @Consumes(mailbox = "b", queue = "Slow")
                    Reading take(Reading body) {
                        return body;
                    }
                },
                "has the queue 'Slow'");
    }

    @Test
    void aConsumerWithSqlMaySendThroughAnOutbox() {
        assertThat(
                        scan(
                                new Object() {
                                    @Consumes(topic = "a")
                                    void all(
                                            Connection sql,
                                            List<Message<Reading>> batch,
                                            Outbox out) {}

                                    @Consumes(mailbox = "b")
                                    Reading one(Connection sql, Reading body, Outbox out) {
                                        return body;
                                    }
                                }))
                .hasSize(2);
        refused(
                new Object() {
                    @Consumes(mailbox = "b")
                    void one(Connection sql, Outbox out, Reading body) {}
                },
                "perhaps an Outbox");
    }
}
