package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HierarchicalBitmapTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 4_095, 4_096, 4_097, 262_144, 262_145, 16_777_216})
    void findsWhatASortedSetFinds(int size) {
        Random random = new Random(size);
        HierarchicalBitmap bitmap = new HierarchicalBitmap(size);
        TreeSet<Integer> set = new TreeSet<>();
        for (int i = 0; i < 20_000; i++) {
            int number = random.nextInt(random.nextBoolean() ? size : Math.min(size, 100));
            if (random.nextInt(3) == 0) {
                bitmap.set(number);
                set.add(number);
            } else {
                bitmap.clear(number);
                set.remove(number);
            }
            assertThat(bitmap.first()).isEqualTo(set.isEmpty() ? -1 : set.first());
            assertThat(bitmap.contains(number)).isEqualTo(set.contains(number));
            assertThat(bitmap.isEmpty()).isEqualTo(set.isEmpty());
            if (size <= 4_097) {
                Integer next = set.ceiling(number);
                assertThat(bitmap.next(number)).isEqualTo(next == null ? -1 : next);
                int below = set.headSet(number).size();
                assertThat(bitmap.select(below)).isEqualTo(next == null ? -1 : next);
            }
        }
    }

    @Test
    void refusesWhatIsOutside() {
        HierarchicalBitmap bitmap = new HierarchicalBitmap(100);
        assertThatThrownBy(() -> bitmap.set(100)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> bitmap.clear(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(bitmap.contains(100)).isFalse();
        assertThatThrownBy(() -> new HierarchicalBitmap(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HierarchicalBitmap(16_777_217))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
