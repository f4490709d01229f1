package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadyWorkTest {
    /** A task as the model keeps it. */
    private record Task(long age, long high, long low) {}

    @Test
    void givesTheHighestPriorityThenTheOldest() {
        ReadyWork work = new ReadyWork();
        work.add(3, 0, 10, 1, 2);
        work.add(500, 0, 9, 3, 4);
        work.add(7, -1000, 1, 5, 6);
        work.add(3, 1000, 99, 7, 8);
        assertThat(work.size()).isEqualTo(4);
        assertThat(order(work)).isEqualTo("8 4 2 6 ");
        assertThat(work.first()).isEqualTo(-1);
    }

    @Test
    void passesHeldClassesOver() {
        ReadyWork work = new ReadyWork();
        work.add(1, 5, 1, 0, 1);
        work.add(2, 0, 2, 0, 2);
        work.hold(1);
        work.add(1, 9, 3, 0, 3);
        assertThat(work.first()).isEqualTo(2);
        work.letGo(1);
        assertThat(order(work)).isEqualTo("3 1 2 ");
    }

    @Test
    void looksAtTheFirstOfAClassWhetherItIsHeldOrNot() {
        ReadyWork work = new ReadyWork();
        assertThat(work.peek(1)).isFalse();
        work.add(1, 5, 1, 0, 1);
        work.add(1, 7, 2, 0, 2);
        work.hold(1);
        assertThat(work.peek(1)).isTrue();
        assertThat(work.priority()).isEqualTo(7);
        assertThat(work.lowBits()).isEqualTo(2);
        assertThat(work.size(1)).isEqualTo(2);
        work.letGo(1);
        assertThat(order(work)).isEqualTo("2 1 ");
    }

    @Test
    void letsWhatWasTakenBackGoFirstAgain() {
        ReadyWork work = new ReadyWork();
        work.add(1, 0, 1, 0, 1);
        work.add(1, 0, 2, 0, 2);
        work.take(1);
        work.addFirst(1, 0, work.age(), work.highBits(), work.lowBits());
        assertThat(order(work)).isEqualTo("1 2 ");
        work.addFirst(1, 0, 8, 0, 8);
        work.addFirst(1, 0, 7, 0, 7);
        work.add(1, 0, 9, 0, 9);
        assertThat(order(work)).isEqualTo("7 8 9 ");
    }

    @Test
    void refusesWhatIsOutOfBounds() {
        ReadyWork work = new ReadyWork();
        assertThatThrownBy(() -> work.add(0, 1001, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.add(0, 0, -1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.add(5000, 0, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> work.take(0)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void agreesWithASimpleModel(long seed) {
        Random random = new Random(seed);
        ReadyWork work = new ReadyWork();
        Map<Integer, NavigableMap<Integer, Deque<Task>>> model = new TreeMap<>();
        Set<Integer> held = new HashSet<>();
        long age = 0;
        for (int i = 0; i < 60_000; i++) {
            int needs = random.nextInt(seed == 1 ? 3 : 40);
            switch (random.nextInt(i % 20_000 < 10_000 ? 6 : 12)) {
                case 0, 1, 2, 3 -> {
                    int priority = random.nextInt(3) * 700 - 700;
                    Task task = new Task(++age, random.nextLong(), random.nextLong());
                    work.add(needs, priority, task.age, task.high, task.low);
                    line(model, needs, priority).addLast(task);
                }
                case 4 -> {
                    work.hold(needs);
                    held.add(needs);
                }
                case 5 -> {
                    work.letGo(needs);
                    held.remove(needs);
                }
                default -> take(work, model, held);
            }
        }
        work.letAllGo();
        held.clear();
        while (work.size() > 0) {
            take(work, model, held);
        }
        assertThat(model).isEmpty();
    }

    private static Deque<Task> line(
            Map<Integer, NavigableMap<Integer, Deque<Task>>> model, int needs, int priority) {
        return model.computeIfAbsent(needs, _ -> new TreeMap<>(Comparator.reverseOrder()))
                .computeIfAbsent(priority, _ -> new ArrayDeque<>());
    }

    private static void take(
            ReadyWork work,
            Map<Integer, NavigableMap<Integer, Deque<Task>>> model,
            Set<Integer> held) {
        int best = -1;
        for (int needs : model.keySet()) {
            if (!held.contains(needs) && (best < 0 || isBefore(model, needs, best))) {
                best = needs;
            }
        }
        assertThat(work.first()).isEqualTo(best);
        if (best < 0) {
            return;
        }
        work.take(best);
        var lines = model.get(best);
        var first = lines.firstEntry();
        assertThat(work.priority()).isEqualTo(first.getKey());
        assertThat(new Task(work.age(), work.highBits(), work.lowBits()))
                .isEqualTo(first.getValue().removeFirst());
        if (first.getValue().isEmpty()) {
            lines.remove(first.getKey());
        }
        if (lines.isEmpty()) {
            model.remove(best);
        }
    }

    private static boolean isBefore(
            Map<Integer, NavigableMap<Integer, Deque<Task>>> model, int one, int other) {
        var mine = model.get(one).firstEntry();
        var its = model.get(other).firstEntry();
        return mine.getKey() > its.getKey()
                || (mine.getKey().equals(its.getKey())
                        && mine.getValue().getFirst().age() < its.getValue().getFirst().age());
    }

    private static String order(ReadyWork work) {
        StringBuilder order = new StringBuilder();
        for (int needs = work.first(); needs >= 0; needs = work.first()) {
            work.take(needs);
            order.append(work.lowBits()).append(' ');
        }
        return order.toString();
    }
}
