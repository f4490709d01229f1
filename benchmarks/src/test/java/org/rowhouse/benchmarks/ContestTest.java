package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.RowhouseException;

class ContestTest {
    private final List<String> turns = new ArrayList<>();

    @Test
    void theSidesTakeTurnsAndTheOrderChangesWithEveryRound() {
        Session session = session("--rounds", "3");
        new Contest<>(session, new Side<>("us", "us"), new Side<>("them", "them"))
                .run(List.of(new Counting("work")));
        assertThat(turns).containsExactly("them", "us", "us", "them", "them", "us", "us", "them");
        assertThat(session.rows()).hasSize(1);
        assertThat(session.rows().getFirst().rounds()).hasSize(3);
        assertThat(session.rows().getFirst().peer()).isEqualTo("them");
    }

    @Test
    void theWarmUpIsNotCounted() {
        Session session = session("--rounds", "1");
        new Contest<>(session, new Side<>("us", "us"), null).run(List.of(new Counting("work")));
        assertThat(session.rows().getFirst().rounds()).containsExactly(2.0);
    }

    @Test
    void onlyTheRowsAskedForAreMeasured() {
        Session session = session("--only", "second");
        new Contest<>(session, new Side<>("us", "us"), null)
                .run(List.of(new Counting("first"), new Counting("second")));
        assertThat(session.rows()).extracting(Row::name).containsExactly("second");
        assertThat(session.known()).containsExactly("first", "second");
    }

    @Test
    void aLoadCountsAnswersAndMeasuresThem() {
        var asked = new AtomicLong();
        Load.Result result = Load.run(2, Duration.ofSeconds(1), number -> asked.incrementAndGet());
        assertThat(result.perSecond()).isPositive().isLessThanOrEqualTo(asked.doubleValue());
        assertThat(result.latencyMs(50)).isLessThan(1000);
    }

    @Test
    void everyNumberIsAskedOnce() {
        var sum = new AtomicLong();
        Load.times(100, 7, sum::addAndGet);
        assertThat(sum.get()).isEqualTo(4950);
    }

    @Test
    void aFailingCallerEndsTheRunWithItsReason() {
        assertThatThrownBy(() ->
                        Load.run(
                                2,
                                Duration.ofMinutes(5),
                                _ -> {
                                    throw new IllegalStateException("no room");
                                }))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("no room");
    }

    private static Session session(String... words) {
        return new Session(
                Options.parse(List.of(words)),
                Effort.usual(false),
                null,
                new PrintStream(OutputStream.nullOutputStream()));
    }

    /** Notes whose turn it is; its value is the number of turns so far. */
    private final class Counting implements Workload<String> {
        private final String name;

        Counting(String name) {
            this.name = name;
        }

        @Override
        public List<Figure> figures() {
            return List.of(Figure.rate(name, "turns", null));
        }

        @Override
        public List<Double> measure(String side, Duration time) {
            turns.add(side);
            return List.of((double) turns.size());
        }
    }
}
