package org.rowhouse.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker itself, on histories written by hand. */
class LinearizabilityTest {
    private static Linearizability.Timed<Deed> at(long began, long returned, Deed deed) {
        return new Linearizability.Timed<>(deed, began, returned);
    }

    private static Deed deed(Deed.Kind kind, long one, long other, long gave, long incarnation) {
        return new Deed(kind, 0, one, other, gave, 0, incarnation);
    }

    private static Deed read(long gave) {
        return deed(Deed.Kind.READ, 0, 0, gave, 1);
    }

    private static Deed write(long value) {
        return deed(Deed.Kind.WRITE, value, 0, 0, 1);
    }

    private static Deed add(long gave) {
        return deed(Deed.Kind.FETCH_ADD, 1, 0, gave, 1);
    }

    private static boolean check(List<Linearizability.Timed<Deed>> history) {
        return Linearizability.check(Deed.MODEL, history);
    }

    @Test
    void overlappingOperationsMayTakeEffectInEitherOrder() {
        assertThat(check(List.of(at(1, 4, write(7)), at(2, 3, read(0))))).isTrue();
        assertThat(check(List.of(at(1, 4, write(7)), at(2, 3, read(7))))).isTrue();
        assertThat(check(List.of(at(1, 4, write(7)), at(2, 3, read(8))))).isFalse();
    }

    @Test
    void aStaleReadIsFound() {
        assertThat(check(List.of(at(1, 2, write(7)), at(3, 4, read(7))))).isTrue();
        assertThat(check(List.of(at(1, 2, write(7)), at(3, 4, read(0))))).isFalse();
    }

    @Test
    void readersMustNotSeeAWriteComeAndGo() {
        assertThat(check(List.of(at(1, 9, write(7)), at(2, 3, read(7)), at(4, 5, read(0)))))
                .isFalse();
        assertThat(check(List.of(at(1, 9, write(7)), at(2, 3, read(0)), at(4, 5, read(7)))))
                .isTrue();
    }

    @Test
    void aLostUpdateIsFound() {
        assertThat(check(List.of(at(1, 4, add(0)), at(2, 3, add(1))))).isTrue();
        assertThat(check(List.of(at(1, 4, add(0)), at(2, 3, add(0))))).isFalse();
    }

    @Test
    void anOperationOfUnknownOutcomeMayHappenLateOrNeverButOnce() {
        Linearizability.Timed<Deed> lost = at(1, Linearizability.NEVER, add(0));
        assertThat(check(List.of(lost, at(3, 4, read(0))))).isTrue();
        assertThat(check(List.of(lost, at(3, 4, read(0)), at(5, 6, read(1))))).isTrue();
        assertThat(check(List.of(lost, at(3, 4, read(1)), at(5, 6, read(2))))).isFalse();
        assertThat(check(List.of(at(3, 4, read(1)), at(5, Linearizability.NEVER, add(0)))))
                .isFalse();
    }

    @Test
    void anOldIncarnationMustNotAnswerAfterANewOne() {
        Deed fresh = deed(Deed.Kind.READ, 0, 0, 0, 2);
        assertThat(check(List.of(at(1, 2, write(7)), at(3, 6, fresh), at(4, 5, read(7))))).isTrue();
        assertThat(check(List.of(at(1, 2, write(7)), at(3, 4, fresh), at(5, 6, read(7)))))
                .isFalse();
    }

    @Test
    void aTornRangeIsFound() {
        Deed both = new Deed(Deed.Kind.WRITE_BOTH, 0, 5, 6, 0, 0, 1);
        Deed torn = new Deed(Deed.Kind.READ_BOTH, 0, 0, 0, 5, 0, 1);
        Deed whole = new Deed(Deed.Kind.READ_BOTH, 0, 0, 0, 5, 6, 1);
        assertThat(check(List.of(at(1, 4, both), at(2, 3, torn)))).isFalse();
        assertThat(check(List.of(at(1, 4, both), at(2, 3, whole)))).isTrue();
    }
}
