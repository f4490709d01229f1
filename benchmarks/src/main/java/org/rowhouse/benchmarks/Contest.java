package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets Rowhouse and its peer take turns, so that a noisy minute of the machine hits both: every
 * round runs every workload on both sides, one right after the other, and the order changes with
 * every round. What counts is the median of the rounds.
 */
final class Contest<S> {
    private final Session session;
    private final Side<S> rowhouse;
    private final @Nullable Side<S> peer;

    /** A contest; without a peer the rows hold Rowhouse's values alone. */
    Contest(Session session, Side<S> rowhouse, @Nullable Side<S> peer) {
        this.session = session;
        this.rowhouse = rowhouse;
        this.peer = peer;
    }

    /** Runs all rounds of the workloads that the options ask for, and adds their rows. */
    void run(List<? extends Workload<S>> workloads) {
        List<Workload<S>> wanted = new ArrayList<>();
        for (Workload<S> workload : workloads) {
            if (workload.figures().stream().anyMatch(figure -> session.wants(figure.name()))) {
                wanted.add(workload);
            }
        }
        Duration time = session.time();
        for (Workload<S> workload : wanted) {
            for (Side<S> side : sides(0)) {
                session.say("warming up: " + side.name() + ", " + title(workload));
                workload.measure(side.system(), time.dividedBy(2));
            }
        }
        Map<Workload<S>, Turns> found = new HashMap<>();
        for (int round = 1; round <= session.rounds(); round++) {
            for (Workload<S> workload : wanted) {
                Turns turns = found.computeIfAbsent(workload, _ -> new Turns());
                for (Side<S> side : sides(round)) {
                    List<Double> values = turn(workload, side, time);
                    (side.equals(rowhouse) ? turns.rowhouse : turns.peer).add(values);
                    session.say(line(round, workload, side, values));
                }
            }
        }
        for (Workload<S> workload : wanted) {
            addRows(workload, found.getOrDefault(workload, new Turns()));
        }
    }

    private List<Double> turn(Workload<S> workload, Side<S> side, Duration time) {
        return side.equals(rowhouse)
                ? session.recorded(() -> workload.measure(side.system(), time))
                : workload.measure(side.system(), time);
    }

    /** Both sides; the peer begins in every second round. */
    private List<Side<S>> sides(int round) {
        if (peer == null) {
            return List.of(rowhouse);
        }
        return round % 2 == 1 ? List.of(rowhouse, peer) : List.of(peer, rowhouse);
    }

    private void addRows(Workload<S> workload, Turns turns) {
        List<Figure> figures = workload.figures();
        for (int i = 0; i < figures.size(); i++) {
            Figure figure = figures.get(i);
            if (!session.wants(figure.name())) {
                continue;
            }
            List<Double> ours = column(turns.rowhouse, i);
            session.add(
                    peer == null
                            ? Row.of(figure, ours)
                            : Row.of(figure, ours, peer.name(), column(turns.peer, i)));
        }
    }

    private static List<Double> column(List<List<Double>> rounds, int index) {
        return rounds.stream().map(values -> values.get(index)).toList();
    }

    private static <S> String title(Workload<S> workload) {
        return workload.figures().getFirst().name();
    }

    private static <S> String line(
            int round, Workload<S> workload, Side<S> side, List<Double> values) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            texts.add(Numbers.plain(values.get(i)) + " " + workload.figures().get(i).unit());
        }
        String joined = texts.stream().collect(Collectors.joining(", "));
        return "round " + round + ": " + side.name() + ", " + title(workload) + ": " + joined;
    }

    /** The values of all rounds so far, of each side. */
    private static final class Turns {
        final List<List<Double>> rowhouse = new ArrayList<>();
        final List<List<Double>> peer = new ArrayList<>();
    }
}
