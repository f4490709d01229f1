package org.rowhouse.support;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rowhouse.support.MessageEvidence.Dead;
import org.rowhouse.support.MessageEvidence.Handled;
import org.rowhouse.support.MessageEvidence.Kept;
import org.rowhouse.support.MessageEvidence.Line;
import org.rowhouse.support.MessageEvidence.Log;
import org.rowhouse.support.MessageEvidence.Talk;

/**
 * Something that must hold of messages when a story is over, whatever was killed. Each is a
 * function of the evidence alone.
 */
enum MessageChecker {
    /** Nothing is on its way any more: no lag, no mail, nothing in an outbox, no task. */
    ALL_ARRIVED {
        @Override
        List<String> complaints(MessageEvidence evidence) {
            return evidence.left();
        }
    },

    /**
     * What was acknowledged, to the client or to a conversation that has ended, has been handled by
     * each group, or by the mailbox, or is a dead letter with a reason.
     */
    NOTHING_LOST {
        @Override
        List<String> complaints(MessageEvidence evidence) {
            Set<Handled> ended = new HashSet<>(evidence.handled());
            for (Dead dead : evidence.dead()) {
                if (dead.reason() != null && !dead.reason().isBlank()) {
                    ended.add(new Handled(dead.receiver(), dead.line()));
                }
            }
            return Stream.concat(
                            Receivers.GROUPS.stream()
                                    .flatMap(group ->
                                            said(evidence, evidence.published())
                                                    .map(line -> new Handled(group, line))),
                            said(evidence, evidence.mailed())
                                    .map(line -> new Handled(Receivers.MAILBOX, line)))
                    .filter(each -> !ended.contains(each))
                    .map(each -> each.line() + " is lost for " + each.receiver())
                    .toList();
        }

        private Stream<Line> said(MessageEvidence evidence, Set<Line> byClient) {
            return Stream.concat(
                    byClient.stream(),
                    evidence.talks().stream()
                            .filter(talk -> talk.state().equals("succeeded"))
                            .flatMap(talk -> lines(talk.task())));
        }
    },

    /** No line was handled twice by one receiver, nor handled and given up. */
    NOTHING_TWICE {
        @Override
        List<String> complaints(MessageEvidence evidence) {
            List<Handled> all = new ArrayList<>(evidence.handled());
            evidence.dead().forEach(each -> all.add(new Handled(each.receiver(), each.line())));
            return twice(all).stream()
                    .map(each -> each.line() + " was handled again by " + each.receiver())
                    .toList();
        }
    },

    /** What groups handle lies in the topic, once: nobody is told what was never kept. */
    PUBLISHED_ONCE {
        @Override
        List<String> complaints(MessageEvidence evidence) {
            List<Line> kept =
                    evidence.kept().stream()
                            .filter(each -> each.log().startsWith(Receivers.TOPIC + "/"))
                            .map(Kept::line)
                            .toList();
            Set<Line> known = new HashSet<>(kept);
            return Stream.concat(
                            twice(kept).stream().map(line -> line + " was published again"),
                            evidence.handled().stream()
                                    .filter(each -> Receivers.GROUPS.contains(each.receiver()))
                                    .filter(each -> !known.contains(each.line()))
                                    .map(each -> each.line() + " was handled, but is not kept"))
                    .toList();
        }
    },

    /** Lines of one key lie in a topic, and are handled by each group, in their order. */
    ORDER_KEPT {
        @Override
        List<String> complaints(MessageEvidence evidence) {
            List<String> complaints = new ArrayList<>();
            Map<String, Integer> latest = new HashMap<>();
            for (Kept kept : evidence.kept()) {
                follow(latest, kept.log(), kept.line(), complaints);
            }
            for (Handled handled : evidence.handled()) {
                if (Receivers.GROUPS.contains(handled.receiver())) {
                    follow(latest, "group " + handled.receiver(), handled.line(), complaints);
                }
            }
            return complaints;
        }

        private void follow(
                Map<String, Integer> latest, String where, Line line, List<String> complaints) {
            Integer before = latest.put(where + " of " + line.key(), line.number());
            if (before != null && before > line.number()) {
                complaints.add(line + " comes after " + before + " in " + where);
            }
        }
    },

    /** The positions in each log are 0 to its end, without a gap. */
    POSITIONS_WHOLE {
        @Override
        List<String> complaints(MessageEvidence evidence) {
            List<String> complaints = new ArrayList<>();
            Map<String, List<Long>> positions =
                    evidence.kept().stream()
                            .collect(
                                    Collectors.groupingBy(
                                            Kept::log,
                                            Collectors.mapping(
                                                    Kept::position, Collectors.toList())));
            for (Log log : evidence.logs()) {
                List<Long> taken = positions.getOrDefault(log.name(), List.of());
                for (int i = 0; i < taken.size(); i++) {
                    if (taken.get(i) != i) {
                        complaints.add(
                                log.name() + " has " + taken.get(i) + " in the place of " + i);
                        break;
                    }
                }
                if (log.head() != taken.size()) {
                    complaints.add(
                            "%s has %d messages, but says %d"
                                    .formatted(log.name(), taken.size(), log.head()));
                }
            }
            return complaints;
        }
    },

    /** A conversation's stream holds what it said, once and in order, and is closed. */
    STREAMS_WHOLE {
        @Override
        List<String> complaints(MessageEvidence evidence) {
            Map<String, List<Line>> items =
                    evidence.kept().stream()
                            .collect(
                                    Collectors.groupingBy(
                                            Kept::log,
                                            Collectors.mapping(Kept::line, Collectors.toList())));
            Set<String> closed =
                    evidence.logs().stream()
                            .filter(Log::closed)
                            .map(Log::name)
                            .collect(Collectors.toSet());
            List<String> complaints = new ArrayList<>();
            for (Talk talk : evidence.talks()) {
                String stream = "stream story " + talk.task();
                List<Line> said = items.getOrDefault(stream, List.of());
                if (!said.equals(lines(talk.task()).toList())) {
                    complaints.add(stream + " holds " + said);
                }
                if (!closed.contains(stream)) {
                    complaints.add(stream + " is open");
                }
            }
            return complaints;
        }
    },

    /**
     * Each conversation whose start was acknowledged has ended with all that it had to hear, had
     * its effect once, and was sent one answer.
     */
    TALKS_WHOLE {
        private static final String OUTPUT =
                "{\"heard\": {\"end\": \"over\", \"state\": \"said\", \"numbers\": [0, 1]},"
                        + " \"answer\": 1}";

        @Override
        List<String> complaints(MessageEvidence evidence) {
            List<String> complaints = new ArrayList<>();
            Set<String> missing = new HashSet<>(evidence.started());
            for (Talk talk : evidence.talks()) {
                missing.remove(talk.task());
                if (!talk.equals(new Talk(talk.task(), "succeeded", OUTPUT, 1, 1))) {
                    complaints.add(talk.toString());
                }
            }
            missing.forEach(task -> complaints.add("conversation " + task + " is not there"));
            return complaints;
        }
    };

    private static final int SHOWN_MAX = 10;

    /** One sentence for each thing that is wrong; none when all is well. */
    abstract List<String> complaints(MessageEvidence evidence);

    /** What all of them complain about, a few sentences of each. */
    static List<String> all(MessageEvidence evidence) {
        List<String> all = new ArrayList<>();
        for (MessageChecker checker : values()) {
            List<String> complaints = checker.complaints(evidence);
            complaints.stream()
                    .limit(SHOWN_MAX)
                    .forEach(complaint -> all.add(checker + ": " + complaint));
            if (complaints.size() > SHOWN_MAX) {
                all.add(checker + ": and " + (complaints.size() - SHOWN_MAX) + " more");
            }
        }
        return all;
    }

    /** What a conversation says in each place. */
    private static Stream<Line> lines(String task) {
        return Stream.of(new Line(task, 0), new Line(task, 1));
    }

    private static <T> Set<T> twice(List<T> all) {
        Set<T> once = new HashSet<>();
        return all.stream()
                .filter(each -> !once.add(each))
                .collect(
                        Collectors.collectingAndThen(
                                Collectors.toSet(), Collections::unmodifiableSet));
    }
}
