package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL is the truth of what a policy means: the engine in memory is held to it. */
class EnginesTest {
    private static final int ROUNDS = 2;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void bothEnginesChooseTheSamePlacesForAllShippedPolicies(long seed) throws SQLException {
        compareAll(new RandomFleet(seed, 4 + (int) seed * 3, 25), ROUNDS, seed);
    }

    @Tag("long")
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
    void bothEnginesChooseTheSamePlacesOnLargerFleets(long seed) throws SQLException {
        compareAll(new RandomFleet(seed, 20, 40), 4 * ROUNDS, seed);
    }

    private static void compareAll(RandomFleet random, int rounds, long seed) throws SQLException {
        try (ScratchRelations relations = ScratchRelations.create()) {
            for (int round = 0; round < rounds; round++) {
                relations.write(random);
                for (String name : Policy.shipped()) {
                    if (!name.equals("random")) {
                        compare(relations, random, Policy.shipped(name), seed);
                    }
                }
                random.disturb(placer(random, Policy.shipped("best-fit"), seed), 12);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cores_left_milli / 7 as score, device as preference from candidate where model <>"
                        + " 'T4'",
                "case tier when 'edge' then 1 else 2.5 end as score from candidate c where c.zone"
                        + " in ('zone1', 'x')",
                "-round(devices_left_milli / 2000) as score, 2 * device as preference from"
                        + " candidate",
                "round(0.1 * cores_left_milli) * 1e-3 + ln(1 + tasks_placed) as score from"
                    + " candidate where not (devices_free between 2 and 3) or request_placed >= 1",
                "power(device_left_milli, 2) - sqrt(bytes_away) as score from candidate",
                "least(cores_left_milli, memory_left_mib, 1e4) + greatest(1, 2.5) - abs(-3) as"
                        + " score from candidate",
                "ceil(memory_left_mib / 1000) * 1000 as score, coalesce(device_left_milli, 1) as"
                        + " preference from candidate",
                "((device + 1) * 3 - 7) as score from candidate where node != 'node-919' and true",
                "fragments_after_milli - fragments_before_milli as score from candidate",
                "priced_fragments_after_milli - priced_fragments_before_milli as score from"
                        + " candidate",
                "cores_per_device_milli / 7 + memory_per_device_mib * devices_total as score from"
                        + " candidate",
            })
    void bothEnginesChooseTheSamePlacesForOthers(String rest) throws SQLException {
        Policy policy = new Policy("other", "select task, node, device, " + rest);
        RandomFleet random = new RandomFleet(77, 11, 25);
        try (ScratchRelations relations = ScratchRelations.create()) {
            for (int round = 0; round < 3; round++) {
                relations.write(random);
                compare(relations, random, policy, 77);
                random.disturb(placer(random, policy, 77), 10);
            }
        }
    }

    @Test
    void theRandomPolicyPlacesWhatFitsInBothEngines() throws SQLException {
        RandomFleet random = new RandomFleet(5, 9, 25);
        Policy policy = Policy.shipped("random");
        try (ScratchRelations relations = ScratchRelations.create()) {
            for (int round = 0; round < 3; round++) {
                relations.write(random);
                assertThat(inMemory(random, policy, 5).keySet())
                        .isEqualTo(relations.places(policy).keySet());
                random.disturb(placer(random, policy, 5), 25);
            }
        }
    }

    @Test
    void candidateHasTheColumnsThatPoliciesKnowAndNoneIsNull() throws SQLException {
        RandomFleet random = new RandomFleet(9, 12, 25);
        Map<String, String> expected =
                Stream.of(Column.values())
                        .collect(Collectors.toMap(Column::sql, EnginesTest::typeName));
        expected.put("task", "text");
        try (ScratchRelations relations = ScratchRelations.create()) {
            relations.write(random);
            assertThat(relations.candidateColumns()).containsExactlyInAnyOrderEntriesOf(expected);
        }
    }

    private static String typeName(Column column) {
        return column.type == Type.INTEGER ? "int4" : column.type.sql;
    }

    private static void compare(
            ScratchRelations relations, RandomFleet random, Policy policy, long seed)
            throws SQLException {
        assertThat(inMemory(random, policy, seed))
                .as("policy %s, seed %d", policy.name(), seed)
                .isEqualTo(relations.places(policy));
    }

    private static Placer placer(RandomFleet random, Policy policy, long seed) {
        return new Placer(random.fleet, policy.compile(), seed);
    }

    private static Map<Integer, String> inMemory(RandomFleet random, Policy policy, long seed) {
        Placer placer = placer(random, policy, seed);
        Map<Integer, String> places = new TreeMap<>();
        for (int needs : random.classes) {
            if (placer.choose(needs)) {
                places.put(
                        needs,
                        random.fleet.machine(placer.node()).name()
                                + " "
                                + (placer.devices() == 0
                                        ? -1
                                        : Integer.numberOfTrailingZeros(placer.devices()))
                                + " "
                                + placer.score());
            }
        }
        return places;
    }
}
