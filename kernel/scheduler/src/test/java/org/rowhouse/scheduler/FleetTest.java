package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class FleetTest {
    private static final Needs SHARE = Needs.of(1_000, 100).share("gpu", 600, List.of());
    private static final Needs TWO = Needs.of(2_000, 200).devices("gpu", 2, List.of("V100"));

    private final Fleet fleet = new Fleet();

    @Test
    void whatIsPlacedAndReleasedLeavesTheFleetAsItWas() {
        int node = fleet.add(Machine.of("a", 8_000, 1_000).with(4, "gpu", "V100"));
        int share = fleet.intern(SHARE);
        int two = fleet.intern(TWO);
        fleet.place(share, node, Placement.bits(1));
        fleet.place(two, node, Placement.bits(0, 2));
        assertThat(fleet.coresLeftMilli(node)).isEqualTo(5_000);
        assertThat(fleet.memoryLeftMib(node)).isEqualTo(700);
        assertThat(fleet.deviceLeftMilli(node, 1)).isEqualTo(400);
        assertThat(fleet.devicesLeftMilli()).isEqualTo(1_400);
        assertThat(fleet.tasks(node)).isEqualTo(2);
        fleet.release(share, node, Placement.bits(1));
        fleet.release(two, node, Placement.bits(0, 2));
        assertThat(fleet.coresLeftMilli(node)).isEqualTo(8_000);
        assertThat(fleet.devicesLeftMilli()).isEqualTo(4_000);
        assertThat(fleet.tasks(node)).isZero();
    }

    @Test
    void refusesToGiveWhatIsNotFree() {
        int node = fleet.add(Machine.of("a", 8_000, 1_000).with(2, "gpu", "T4"));
        int share = fleet.intern(SHARE);
        int two = fleet.intern(TWO);
        fleet.place(share, node, 1);
        assertThatThrownBy(() -> fleet.place(share, node, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.place(share, node, 4))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.place(two, node, 3))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.place(fleet.intern(Needs.of(7_001, 0)), node, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesNodesThatCannotBe() {
        fleet.add(Machine.of("a", 1, 1));
        assertThatThrownBy(() -> fleet.add(Machine.of("a", 2, 2)))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
        assertThatThrownBy(() -> Machine.of("b", -1, 1))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("must be 0 to 10000000, but are -1");
        assertThatThrownBy(() -> Machine.of("b", 1, Integer.MAX_VALUE))
                .isInstanceOf(RowhouseException.class);
        assertThatThrownBy(() -> Machine.of("b", 1, 1).with(Integer.MAX_VALUE, "gpu", ""))
                .isInstanceOf(RowhouseException.class);
        assertThatThrownBy(() -> Machine.of("", 1, 1)).isInstanceOf(RowhouseException.class);
    }

    @Test
    void refusesNeedsThatCannotBe() {
        assertThatThrownBy(() -> Needs.of(-1, 0)).isInstanceOf(RowhouseException.class);
        assertThatThrownBy(() -> Needs.NOTHING.share("gpu", 1_001, List.of()))
                .isInstanceOf(RowhouseException.class);
        assertThatThrownBy(() -> Needs.NOTHING.share("gpu", 0, List.of()))
                .isInstanceOf(RowhouseException.class);
        assertThatThrownBy(() -> Needs.NOTHING.devices("gpu", 17, List.of()))
                .isInstanceOf(RowhouseException.class);
        assertThatThrownBy(() -> Needs.NOTHING.labels(List.of("")))
                .isInstanceOf(RowhouseException.class);
        assertThat(Needs.of(1, 2).labels(List.of("b", "a")))
                .isEqualTo(Needs.of(1, 2).labels(Set.of("a", "b")));
    }

    /** The tables of fragments must say what the paper's definition says, shape by shape. */
    @Test
    void fragmentsAreWhatTheDefinitionSays() {
        for (long seed = 1; seed <= 20; seed++) {
            RandomFleet random = new RandomFleet(seed, 12, 20);
            Placer placer = new Placer(random.fleet, Policy.shipped("best-fit").compile(), seed);
            for (int round = 0; round < 10; round++) {
                random.disturb(placer, 10);
                double sum = 0;
                for (int slot : random.fleet.ranked()) {
                    sum += defined(random.fleet, slot);
                }
                assertThat(random.fleet.fragmentsMilli() * random.fleet.fragments().unit())
                        .as("seed %d, round %d", seed, round)
                        .isCloseTo(sum, org.assertj.core.data.Percentage.withPercentage(1e-9));
            }
        }
    }

    private static double defined(Fleet fleet, int slot) {
        List<Machine.Device> devices = fleet.machine(slot).devices();
        double sum = 0;
        for (Shape shape : fleet.demand().shapes()) {
            Needs needs = shape.needs();
            int left = 0;
            int useful = 0;
            int serving = 0;
            for (int device = 0; device < devices.size(); device++) {
                int its = fleet.deviceLeftMilli(slot, device);
                Machine.Device kind = devices.get(device);
                left += its;
                if (kind.deviceClass().equals(needs.deviceClass())
                        && (needs.models().isEmpty() || needs.models().contains(kind.model()))
                        && its >= needs.shareMilli()) {
                    useful += its;
                    serving++;
                }
            }
            boolean fits =
                    needs.devices() > 0
                            && serving >= needs.devices()
                            && fleet.coresLeftMilli(slot) >= needs.coresMilli();
            sum += shape.weight() * (double) (fits ? left - useful : left);
        }
        return sum;
    }

    @Test
    void aPriceIsWhatIsAskedForByWhatThereIs() {
        int two = fleet.add(Machine.of("a", 8_000, 1_000).with(2, "gpu", "V100"));
        int six = fleet.add(Machine.of("b", 16_000, 1_000).with(6, "gpu", "T4"));
        Needs any = Needs.of(1_000, 100).devices("gpu", 1, List.of());
        Needs scarce = Needs.of(1_000, 300).devices("gpu", 1, List.of("V100"));
        Needs nowhere = Needs.of(1_000, 0).devices("gpu", 7, List.of());
        fleet.demand(
                Demand.of(
                        java.util.Map.of(any, 60L, scarce, 30L, nowhere, 10L, Needs.of(9, 9), 5L)));
        // Any: 0.6 of all that need devices, served by all; scarce: 0.3 by a quarter: 1.2.
        assertThat(fleet.pricedFragments().milliNow(two)).isZero();
        assertThat(fleet.pricedFragments().milliNow(six)).isEqualTo(7_200);
        fleet.place(fleet.intern(Needs.of(7_500, 0)), two, 0);
        assertThat(fleet.pricedFragments().milliNow(two)).isEqualTo(3_600);
        // Prices are of the fleet as it is when it is free, and only of nodes that take work.
        fleet.open(two, false);
        assertThat(fleet.pricedFragments().milliNow(six)).isZero();
        assertThat(fleet.demand().coresPerDeviceMilli()).isEqualTo(100_000.0 / 160);
        assertThat(fleet.demand().memoryPerDeviceMib()).isEqualTo(15_000.0 / 160);
    }

    @Test
    void ofEqualNodesTheOneIsTakenWhoseDevicesStayReachable() {
        // Each task takes as many cores for a device as the workload does, or far more.
        Needs usual = Needs.of(8_000, 0).devices("gpu", 1, List.of());
        Needs greedy = Needs.of(32_000, 0).devices("gpu", 1, List.of());
        int poor = fleet.add(Machine.of("a", 64_000, 100_000).with(8, "gpu", ""));
        int rich = fleet.add(Machine.of("b", 96_000, 100_000).with(8, "gpu", ""));
        fleet.demand(Demand.of(java.util.Map.of(usual, 1_000L, greedy, 1L)));
        Placer placer = new Placer(fleet, Policy.shipped("priced-fragments").compile(), 1);
        assertThat(placer.choose(fleet.intern(greedy))).isTrue();
        assertThat(placer.node()).isEqualTo(rich);
        assertThat(placer.choose(fleet.intern(usual))).isTrue();
        assertThat(placer.node()).isEqualTo(poor);
    }

    @Test
    void explainsWhatIsMissing() {
        assertThat(Explanation.of(fleet, SHARE)).isEqualTo("There are no nodes.");
        fleet.add(Machine.of("a", 64_000, 1_000).with(1, "gpu", "V100"));
        fleet.add(Machine.of("b", 1_500, 1_000).with(4, "gpu", "T4"));
        assertThat(Explanation.of(fleet, TWO))
                .isEqualTo(
                        "No node has 2 x gpu V100, 2 cores, 200 MiB of memory; nearest: node a,"
                                + " where 1 of these devices have enough left.");
        int share = fleet.intern(SHARE);
        assertThat(Explanation.of(fleet, SHARE)).isEqualTo("It fits on 2 of 2 nodes.");
        fleet.place(share, fleet.slot("a"), 1);
        fleet.place(share, fleet.slot("b"), 1);
        assertThat(Explanation.of(fleet, SHARE))
                .startsWith(
                        "No node has 0.6 of one gpu, 1 cores, 100 MiB of memory free; nearest: ");
        assertThat(
                        Explanation.of(
                                fleet,
                                Needs.NOTHING.tier("edge").labels(new TreeSet<>(Set.of("x")))))
                .contains("the labels are none and the tier is not said");
    }

    @Test
    void aSchedulerPlacesByPriorityAndAgeAndTakesBack() {
        Scheduler scheduler = new Scheduler(Policy.shipped("best-fit").compile(), 1);
        int node = scheduler.fleet().add(Machine.of("a", 2_000, 1_000));
        Needs one = Needs.of(1_000, 1);
        UUID late = new UUID(0, 1);
        UUID early = new UUID(0, 2);
        UUID urgent = new UUID(0, 3);
        scheduler.ready(early, one, 0, 10);
        scheduler.ready(late, one, 0, 20);
        scheduler.ready(urgent, Needs.of(500, 1), 1, 30);
        scheduler.ready(new UUID(0, 4), Needs.of(5_000, 1), 9, 1);
        List<Placement> placements = scheduler.place(10);
        assertThat(placements).extracting(Placement::task).containsExactly(urgent, early);
        assertThat(scheduler.waiting()).isEqualTo(2);
        assertThat(scheduler.place(10)).isEmpty();
        scheduler.takeBack(placements.get(1), true);
        assertThat(scheduler.place(10)).extracting(Placement::task).containsExactly(early);
        scheduler.ended(early);
        scheduler.ended(early);
        assertThat(scheduler.place(10)).extracting(Placement::task).containsExactly(late);
        assertThat(scheduler.placed()).isEqualTo(2);
        scheduler.removeNode(node);
        assertThat(scheduler.placed()).isZero();
        int other = scheduler.fleet().add(Machine.of("b", 8_000, 1_000));
        scheduler.restore(late, one, other, 0);
        scheduler.use(Policy.shipped("none").compile());
        assertThat(scheduler.place(10)).isEmpty();
        scheduler.use(Policy.shipped("fifo").compile());
        assertThat(scheduler.place(10)).hasSize(1);
        assertThat(scheduler.fleet().coresLeftMilli(other)).isEqualTo(2_000);
    }

    /** docs/policies.md lists the columns as they are. */
    @Test
    void theDocumentListsEveryColumn() throws java.io.IOException {
        String document =
                java.nio.file.Files.readString(java.nio.file.Path.of("../../docs/policies.md"));
        for (Column column : Column.values()) {
            assertThat(document)
                    .contains(
                            "| `%s` | %s | %s |"
                                    .formatted(column.sql(), column.sqlType(), column.meaning()));
        }
        Policy.shipped().forEach(name -> assertThat(document).contains("| `" + name + "` |"));
    }
}
