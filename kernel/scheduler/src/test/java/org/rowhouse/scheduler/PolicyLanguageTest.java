package org.rowhouse.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class PolicyLanguageTest {
    private static final String HEAD = "select task, node, device, ";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    cores_lefd_milli as score from candidate            | line 1, column 28: candidate has no column 'cores_lefd_milli'; it has node, device,
                    1 as score from candidate where x.node = 'a'        | no column 'x.node'
                    sin(1) as score from candidate                      | line 1, column 28: policies have no function 'sin'
                    pg_sleep(60) as score from candidate                | no function 'pg_sleep'
                    1/2 as score from candidate                         | divides integer by integer
                    1.0/3.0 as score from candidate                     | divides numeric by numeric
                    sqrt(2.0) as score from candidate                   | computes with numeric
                    case when true then 1 end as score from candidate   | a case needs an else
                    node as score from candidate                        | its score is no number
                    1 as core from candidate                            | it gives a column 'core'
                    1 as preference from candidate                      | it gives no score
                    1 as score, 2 as score from candidate               | it gives a column 'score'
                    1 as score from node                                | it reads 'node'
                    1 as score from rowhouse.candidate                  | it reads 'rowhouse.candidate'
                    1 as score from candidate, candidate d              | clauses that only PostgreSQL can run
                    1 as score from candidate limit 1                   | clauses that only PostgreSQL can run
                    1 as score from candidate order by 1                | clauses that only PostgreSQL can run
                    distinct 1 as score from candidate                  | is not expected
                    1 as score from candidate where 1                   | no condition
                    1 as score from candidate where node < 'b'          | texts may be compared by = and <> only
                    1 as score from candidate where node = 1            | compares text with integer
                    (select 1) as score from candidate                  | not part of the language
                    max(device) as score from candidate                 | no function 'max'
                    device % 2 as score from candidate                  | not part of the language
                    device::integer as score from candidate             | cast to float8 only
                    99999999999 as score from candidate                 | write 99999999999.0
                    floor(1, 2) as score from candidate                 | needs 1 numbers
                    1 as score from candidate where zone is null        | not part of the language
                    ((1 as score from candidate                         | is not expected
                    1 as score from candidate; drop table task          | 'drop' is not expected
                    """)
    void saysWhatIsWrongAndWhere(String rest, String message) {
        assertThatThrownBy(() -> new Policy("mine", HEAD + rest).compile())
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageStartingWith("The policy 'mine' cannot be used: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                                                       | it is
                    'delete from task'                                       | not one select
                    'select node, task, device, 1 as score from candidate'   | column 1 of what it gives must be task
                    'select task, node, 1 as score from candidate'           | column 3 of what it gives must be device
                    'select task, node, device'                              | clauses
                    'select'                                                 | line 1, column 1
                    'selekt task'                                            | line 1, column 1: 'selekt' is not expected
                    """)
    void refusesWhatIsNoPolicy(String text, String message) {
        assertThatThrownBy(() -> new Policy("mine", text).compile())
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesWhatIsTooLongOrTooDeep() {
        assertThatThrownBy(() -> new Policy("mine", HEAD + "1" + " + 1".repeat(6_000)).compile())
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("at most 20000");
        assertThatThrownBy(() ->
                        new Policy(
                                        "mine",
                                        HEAD
                                                + "device"
                                                + " + device".repeat(1_000)
                                                + " as score from candidate")
                                .compile())
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("parts");
        assertThatThrownBy(() ->
                        new Policy("mine", HEAD + "(".repeat(17) + "1" + ")".repeat(17)).compile())
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("nested");
    }

    @Test
    void readsNestedParenthesesInTime() {
        String nested = "(".repeat(16) + "device" + ")".repeat(16);
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofMinutes(1),
                () -> new Policy("mine", HEAD + nested + " as score from candidate").compile());
    }

    @ParameterizedTest
    @CsvSource({
        "1 / (devices_total - devices_total), divided by zero",
        "exp(cores_total_milli), too large (overflow)",
        "exp(-cores_total_milli), underflow",
        "ln(0 * devices_total), logarithm",
        "sqrt(-1 - devices_total), square root",
        "'power(-8.0, 0.5 + 0 * devices_total)', broken power",
        "'power(0, -1 - devices_total)', negative power",
        "1e300 * 1e300 * devices_total, too large or too long",
        "(1e300 + devices_total) * 1e300, overflow",
        "device * 2000000000 - 2000000000, integer is out of range",
    })
    void failsWherePostgresqlFails(String score, String message) {
        assertThatThrownBy(
                        () -> {
                            Fleet fleet = new Fleet();
                            fleet.add(Machine.of("a", 64_000, 1));
                            int needs = fleet.intern(Needs.NOTHING);
                            CompiledPolicy policy =
                                    new Policy("mine", HEAD + score + " as score from candidate")
                                            .compile();
                            new Placer(fleet, policy, 1).choose(needs);
                        })
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @MethodSource("org.rowhouse.scheduler.Policy#shipped()")
    void everyShippedPolicyIsAFewLinesUnderACommentAndCompiles(String name) {
        Policy policy = Policy.shipped(name);
        assertThat(policy.text()).startsWith("-- ").hasLineCount(policy.text().split("\n").length);
        assertThat(policy.text().lines().count()).isLessThan(30);
        assertThat(policy.compile().isVolatile()).isEqualTo(name.equals("random"));
    }
}
