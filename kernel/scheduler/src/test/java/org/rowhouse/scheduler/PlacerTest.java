package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.api.RowhouseException;

class PlacerTest {
    private static final String FRACTIONS =
            "select task, node, device, cores_left_milli / 7 + device as score from candidate";

    /** An index that has followed thousands of changes must say what one made anew says. */
    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({
        "best-fit, 1",
        "fgd, 2",
        "gpu-packing, 3",
        "gpu-clustering, 4",
        "least-loaded, 5",
        "dot-product, 6",
        "locality, 7",
        "fifo, 8",
        "fractions, 9",
        "priced-fragments, 10"
    })
    void followsChangesAsIfItLookedAtEveryNode(String name, long seed) {
        RandomFleet random = new RandomFleet(seed, 70, 30);
        CompiledPolicy policy =
                (name.equals("fractions") ? new Policy(name, FRACTIONS) : Policy.shipped(name))
                        .compile();
        Placer following = new Placer(random.fleet, policy, seed);
        for (int i = 0; i < 300; i++) {
            random.disturb(following, 1 + i % 20);
            int needs = random.anyClass();
            Placer fresh = new Placer(random.fleet, policy, seed);
            assertThat(following.choose(needs)).isEqualTo(fresh.choose(needs));
            assertThat(List.of(following.node(), following.devices(), following.score()))
                    .as("round %d, seed %d", i, seed)
                    .satisfies(chosen -> {
                        if (fresh.choose(needs)) {
                            assertThat(chosen)
                                    .isEqualTo(
                                            List.of(fresh.node(), fresh.devices(), fresh.score()));
                        }
                    });
        }
    }

    @Test
    void seesNodesThatComeGoCloseAndChange() {
        Fleet fleet = new Fleet();
        int needs = fleet.intern(Needs.of(1000, 0));
        Placer placer = new Placer(fleet, Policy.shipped("fifo").compile(), 1);
        assertThat(placer.choose(needs)).isFalse();
        int b = fleet.add(Machine.of("b", 1000, 0));
        assertThat(placer.choose(needs)).isTrue();
        int a = fleet.add(Machine.of("a", 1000, 0));
        assertThat(placer.choose(needs)).isTrue();
        assertThat(placer.node()).isEqualTo(a);
        fleet.open(a, false);
        assertThat(placer.choose(needs)).isTrue();
        assertThat(placer.node()).isEqualTo(b);
        fleet.place(needs, b, 0);
        assertThat(placer.choose(needs)).isFalse();
        fleet.change(b, Machine.of("b", 2000, 0));
        assertThat(placer.choose(needs)).isTrue();
        fleet.remove(b);
        assertThat(placer.choose(needs)).isFalse();
        fleet.open(a, true);
        assertThat(placer.choose(needs)).isTrue();
    }

    @Test
    void nodesOfEqualScoreTakeTurnsWhereTheyAreToldTo() {
        Fleet fleet = new Fleet();
        int needs = fleet.intern(Needs.of(1000, 0));
        List<Integer> slots =
                Stream.of("a", "b", "c").map(name -> fleet.add(Machine.of(name, 4000, 0))).toList();
        Placer byName = new Placer(fleet, Policy.shipped("fifo").compile(), 1);
        Placer inTurn = new Placer(fleet, Policy.shipped("fifo").compile(), 1).takingTurns();
        for (int i = 0; i < 7; i++) {
            assertThat(byName.choose(needs)).isTrue();
            assertThat(byName.node()).isEqualTo(slots.getFirst());
            assertThat(inTurn.choose(needs)).isTrue();
            assertThat(inTurn.node()).isEqualTo(slots.get(i % 3));
        }
        fleet.open(slots.get(1), false);
        assertThat(inTurn.choose(needs)).isTrue();
        assertThat(inTurn.node()).as("past the one that is closed").isEqualTo(slots.get(2));
    }

    @Test
    void theRandomPolicyReachesEveryNodeAndDevice() {
        Fleet fleet = new Fleet();
        for (String name : List.of("a", "b", "c")) {
            fleet.add(Machine.of(name, 1000, 0).with(name.equals("a") ? 1 : 3, "gpu", ""));
        }
        int needs = fleet.intern(Needs.NOTHING.share("gpu", 500, List.of()));
        Placer placer = new Placer(fleet, Policy.shipped("random").compile(), 7);
        Set<String> seen = new HashSet<>();
        int[] counts = new int[3];
        for (int i = 0; i < 3_000; i++) {
            assertThat(placer.choose(needs)).isTrue();
            seen.add(placer.node() + " " + placer.devices());
            counts[placer.node()]++;
        }
        assertThat(seen).hasSize(7);
        // Each node has the same chance, however many devices it has.
        assertThat(java.util.Arrays.stream(counts)).allMatch(count -> count > 850 && count < 1_150);
    }

    @Test
    void aPolicyThatFailsLeavesThePlacerUsable() {
        Fleet fleet = new Fleet();
        fleet.add(Machine.of("a", 1000, 0));
        int needs = fleet.intern(Needs.NOTHING);
        Placer placer =
                new Placer(
                        fleet,
                        new Policy(
                                        "bad",
                                        "select task, node, device, 1 / devices_total as score from"
                                                + " candidate")
                                .compile(),
                        1);
        assertThatThrownBy(() -> placer.choose(needs)).isInstanceOf(RowhouseException.class);
        placer.use(Policy.shipped("best-fit").compile());
        assertThat(placer.choose(needs)).isTrue();
    }
}
