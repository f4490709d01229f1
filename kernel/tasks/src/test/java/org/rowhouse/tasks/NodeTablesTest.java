package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the tables of nodes and topologies hold, and what they refuse. */
class NodeTablesTest {
    private static ScratchDatabase database;

    @BeforeAll
    static void open() throws Exception {
        database = ScratchDatabase.create();
        database.run(
                "insert into rowhouse.node (name, version, pid, lease_until) values"
                        + " ('a', 't', 1, now() + interval '1 hour')");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"name": "s", "cores": -1}                                          | -1 cores; 0 to 10000
                    {"name": "s", "cores": 1e300}                                       | cores; 0 to 10000
                    {"name": "s", "memory_mib": 99999999999}                            | MiB of memory; 0 to 1073741824
                    {"name": "s", "memory_mib": "much"}                                 | wrong type
                    {"name": "s", "devices": [{"count": 17}]}                           | count is not 1 to 16
                    {"name": "s", "devices": [{"count": 10}, {"count": 10}]}            | 20 devices; 16 can be
                    {"name": "s", "devices": [{"model": "A", "memory_mib": -5}]}        | -5 MiB of memory
                    {"name": "s", "tier": "moon"}                                       | has the tier 'moon'
                    {"name": "s", "zone": "a b"}                                        | has the zone 'a b'
                    {"name": "s", "roles": ["cook"]}                                    | unknown role
                    {"name": "s", "colour": "red"}                                      | unknown field 'colour'
                    {"name": "a/b"}                                                     | without a slash
                    {"cores": 1}                                                        | with a name
                    7                                                                   | with a name
                    {"name": "s", "topology": [{"part": 0, "kind": "moon"}]}            | has the kind 'moon'
                    {"name": "s", "topology": [{"part": 0, "kind": "machine", "parent": 0}]} | earlier part as its parent
                    {"name": "s", "topology": [{"part": 3, "kind": "machine"}]}         | numbers 0 to 0
                    {"name": "s", "topology": []}                                       | 1 to 20000 parts
                    {"name": "a"}                                                       | Node 'a' is up
                    """)
    void aDeclaredNodeThatCannotBeIsRefused(String node, String words) throws Exception {
        assertThatThrownBy(() ->
                        database.rows(
                                "select * from rowhouse.declare_nodes(?::jsonb)", "[" + node + "]"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining(words);
    }

    @Test
    void theTableItselfRefusesWhatANodeCannotHave() {
        for (String wrong :
                List.of(
                        "cores_milli = -1",
                        "memory_mib = 1099511627776",
                        "devices = 17",
                        "roles = '{}'",
                        "tier = 'moon'",
                        "zone = ''")) {
            assertThatThrownBy(() -> database.run("update rowhouse.node set " + wrong))
                    .as(wrong)
                    .isInstanceOf(SQLException.class);
        }
        for (int cores : List.of(0, -5, Integer.MAX_VALUE)) {
            assertThatThrownBy(() ->
                            NodeDescription.ofThisMachine("n", "n", "t")
                                    .with(null, null, null, null, cores, null))
                    .hasMessageContaining("cores must be above 0 and at most 10000 cores");
        }
    }

    @Test
    void aTopologyIsRecordedOnceAndAgainWhenItChanges() throws Exception {
        String one = "[{\"part\": 0, \"kind\": \"machine\", \"name\": \"m\"}]";
        String other =
                "[{\"part\": 0, \"kind\": \"machine\", \"name\": \"m\"}, {\"part\": 1, \"parent\":"
                        + " 0, \"kind\": \"device\", \"name\": \"A100\"}]";
        assertThat(new Nodes(database, "tester").recordTopology("a", one)).isTrue();
        assertThat(new Nodes(database, "tester").recordTopology("a", one)).isFalse();
        assertThat(new Nodes(database, "tester").recordTopology("a", other)).isTrue();
        assertThat(database.value("select devices from rowhouse.node where name = 'a'"))
                .isEqualTo("1");
    }
}
