package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rowhouse.support.MessageEvidence.Dead;
import org.rowhouse.support.MessageEvidence.Handled;
import org.rowhouse.support.MessageEvidence.Kept;
import org.rowhouse.support.MessageEvidence.Line;
import org.rowhouse.support.MessageEvidence.Log;
import org.rowhouse.support.MessageEvidence.Talk;

/**
 * Shows that each checker of messages is content with a healthy story, and complains when one thing
 * in it is spoilt.
 */
class MessageCheckerTest {
    private static final String OUTPUT =
            "{\"heard\": {\"end\": \"over\", \"state\": \"said\", \"numbers\": [0, 1]},"
                    + " \"answer\": 1}";

    /** A healthy story: three messages and a mail of a client, and one conversation. */
    private final MessageEvidence evidence =
            new MessageEvidence(
                    new HashSet<>(Set.of(k(0), k(1), k(2))),
                    new HashSet<>(Set.of(new Line("m", 0))),
                    new HashSet<>(Set.of("t")),
                    new ArrayList<>(
                            List.of(
                                    new Handled("a", k(0)),
                                    new Handled("a", k(1)),
                                    new Handled("b", k(0)),
                                    new Handled("b", k(1)),
                                    new Handled("b", k(2)),
                                    new Handled("a", k(2)),
                                    new Handled("box", new Line("m", 0)),
                                    new Handled("box", t(1)),
                                    new Handled("box", t(0)),
                                    new Handled("a", t(0)),
                                    new Handled("a", t(1)),
                                    new Handled("b", t(0)),
                                    new Handled("b", t(1)))),
                    new ArrayList<>(),
                    new ArrayList<>(
                            List.of(
                                    new Kept("news/0", 0, k(0)),
                                    new Kept("news/0", 1, t(0)),
                                    new Kept("news/0", 2, k(1)),
                                    new Kept("news/0", 3, t(1)),
                                    new Kept("news/0", 4, k(2)),
                                    new Kept("stream story t", 0, t(0)),
                                    new Kept("stream story t", 1, t(1)))),
                    new ArrayList<>(
                            List.of(
                                    new Log("news/0", 5, false),
                                    new Log("news/1", 0, false),
                                    new Log("stream story t", 2, true))),
                    new ArrayList<>(List.of(new Talk("t", "succeeded", OUTPUT, 1, 1))),
                    new ArrayList<>());

    private static Line k(int number) {
        return new Line("k", number);
    }

    private static Line t(int number) {
        return new Line("t", number);
    }

    @Test
    void allAreContentWithAHealthyStory() {
        assertThat(MessageChecker.all(evidence)).isEmpty();
    }

    @Test
    void aDeadLetterWithAReasonIsNotLost() {
        evidence.handled().remove(new Handled("a", k(2)));
        evidence.dead().add(new Dead("a", k(2), "broken"));
        assertThat(MessageChecker.all(evidence)).isEmpty();
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(ofReceivers(), ofOrder(), ofConversations()).flatMap(each -> each);
    }

    private static Stream<Arguments> ofReceivers() {
        return Stream.of(
                mistake(MessageChecker.ALL_ARRIVED, "a lag", e -> e.left().add("group a lags")),
                mistake(
                        MessageChecker.NOTHING_LOST,
                        "a message that one group has not handled",
                        e -> e.handled().remove(new Handled("b", k(1)))),
                mistake(
                        MessageChecker.NOTHING_LOST,
                        "an acknowledged mail that nobody has handled",
                        e -> e.handled().remove(new Handled("box", new Line("m", 0)))),
                mistake(
                        MessageChecker.NOTHING_LOST,
                        "what a conversation has published",
                        e -> e.handled().remove(new Handled("a", t(1)))),
                mistake(
                        MessageChecker.NOTHING_LOST,
                        "what a conversation has sent",
                        e -> e.handled().remove(new Handled("box", t(0)))),
                mistake(
                        MessageChecker.NOTHING_LOST,
                        "an acknowledged message that is nowhere",
                        e -> e.published().add(k(3))),
                mistake(
                        MessageChecker.NOTHING_LOST,
                        "a dead letter without a reason",
                        e -> {
                            e.handled().remove(new Handled("a", k(2)));
                            e.dead().add(new Dead("a", k(2), " "));
                        }),
                mistake(
                        MessageChecker.NOTHING_TWICE,
                        "a message that was handled twice",
                        e -> e.handled().add(new Handled("a", k(2)))),
                mistake(
                        MessageChecker.NOTHING_TWICE,
                        "a mail that was handled twice",
                        e -> e.handled().add(new Handled("box", t(0)))),
                mistake(
                        MessageChecker.NOTHING_TWICE,
                        "a message that was handled and given up",
                        e -> e.dead().add(new Dead("a", k(2), "broken"))));
    }

    private static Stream<Arguments> ofOrder() {
        return Stream.of(
                mistake(
                        MessageChecker.PUBLISHED_ONCE,
                        "a message that was published twice",
                        e -> e.kept().add(5, new Kept("news/0", 5, k(2)))),
                mistake(
                        MessageChecker.PUBLISHED_ONCE,
                        "a message that was handled, but not kept",
                        e -> e.handled().add(new Handled("a", k(3)))),
                mistake(
                        MessageChecker.ORDER_KEPT,
                        "messages of one key that are kept in another order",
                        e -> {
                            e.kept().set(2, new Kept("news/0", 2, k(2)));
                            e.kept().set(4, new Kept("news/0", 4, k(1)));
                        }),
                mistake(
                        MessageChecker.ORDER_KEPT,
                        "messages of one key that are handled in another order",
                        e -> {
                            e.handled().set(2, new Handled("b", k(1)));
                            e.handled().set(3, new Handled("b", k(0)));
                        }),
                mistake(
                        MessageChecker.POSITIONS_WHOLE,
                        "a gap in a log",
                        e -> e.kept().set(4, new Kept("news/0", 5, k(2)))),
                mistake(
                        MessageChecker.POSITIONS_WHOLE,
                        "a position that two have",
                        e -> e.kept().set(4, new Kept("news/0", 3, k(2)))),
                mistake(
                        MessageChecker.POSITIONS_WHOLE,
                        "a log that lacks its last",
                        e -> e.kept().remove(4)));
    }

    private static Stream<Arguments> ofConversations() {
        return Stream.of(
                mistake(
                        MessageChecker.STREAMS_WHOLE,
                        "a stream that lacks its last item",
                        e -> e.kept().removeLast()),
                mistake(
                        MessageChecker.STREAMS_WHOLE,
                        "a stream with an item twice",
                        e -> e.kept().add(new Kept("stream story t", 2, t(1)))),
                mistake(
                        MessageChecker.STREAMS_WHOLE,
                        "a stream that is not closed",
                        e -> e.logs().set(2, new Log("stream story t", 2, false))),
                mistake(
                        MessageChecker.TALKS_WHOLE,
                        "a conversation that is not there",
                        e -> e.talks().clear()),
                talk("a conversation that failed", new Talk("t", "failed", OUTPUT, 1, 1)),
                talk(
                        "a conversation that heard something twice",
                        new Talk("t", "succeeded", OUTPUT.replace("[0, 1]", "[0, 0]"), 1, 1)),
                talk("an effect that was had twice", new Talk("t", "succeeded", OUTPUT, 2, 1)),
                talk("a second answer", new Talk("t", "succeeded", OUTPUT, 1, 2)));
    }

    private static Arguments mistake(
            MessageChecker checker, String what, Consumer<MessageEvidence> spoil) {
        return Arguments.of(checker, what, spoil);
    }

    private static Arguments talk(String what, Talk instead) {
        return mistake(MessageChecker.TALKS_WHOLE, what, e -> e.talks().set(0, instead));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("mistakes")
    void complainsOfWhatIsSpoilt(
            MessageChecker checker, String what, Consumer<MessageEvidence> spoil) {
        spoil.accept(evidence);
        assertThat(checker.complaints(evidence)).as(what).isNotEmpty();
    }
}
