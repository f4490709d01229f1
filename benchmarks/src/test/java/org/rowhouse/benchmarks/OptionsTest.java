package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class OptionsTest {
    @Test
    void withoutOptionsTheBenchmarkDecides() {
        Options options = Options.parse(List.of());
        assertThat(options.rounds()).isNull();
        assertThat(options.time()).isNull();
        assertThat(options.wants("anything")).isTrue();
    }

    @Test
    void everyOptionIsTakenInAnyOrder() {
        Options options =
                Options.parse(
                        List.of(
                                "--only",
                                "32 CALLERS",
                                "--json",
                                "a.json",
                                "--quick",
                                "--rounds",
                                "5",
                                "--jfr",
                                "a.jfr",
                                "--statements",
                                "--database",
                                "postgresql://h/d"));
        assertThat(options.quick()).isTrue();
        assertThat(options.rounds()).isEqualTo(5);
        assertThat(options.statements()).isTrue();
        assertThat(options.json()).isEqualTo(Path.of("a.json"));
        assertThat(options.jfr()).isEqualTo(Path.of("a.jfr"));
        assertThat(options.database()).isEqualTo("postgresql://h/d");
        assertThat(options.wants("two-step workflow, 32 callers, p50")).isTrue();
        assertThat(options.wants("two-step workflow, 1 caller")).isFalse();
    }

    @Test
    void theSecondsOfATurnMayBeChosenEvenForAQuickRun() {
        assertThat(Options.parse(List.of("--seconds", "1", "--quick")).time())
                .isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aWrongOptionIsNamedInOneSentence() {
        assertRefused("--fast", "'--fast'", "rowhouse bench --help");
        assertRefused("--json", "--json needs a value");
        assertRefused("--json \0", "--json takes the name of a file");
    }

    @Test
    void aNumberOutOfRangeIsRefusedWithItsRange() {
        assertRefused("--rounds 0", "1 to 100", "'0'");
        assertRefused("--rounds 101", "1 to 100");
        assertRefused("--rounds three", "'three'");
        assertRefused("--seconds 99999999999", "1 to 3600");
    }

    @Test
    void anUnknownBenchmarkIsRefusedWithTheNamesOfAll() {
        assertThatThrownBy(() -> Benchmarks.run("speed", List.of(), System.out))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("'speed'")
                .hasMessageContaining("calls");
    }

    private static void assertRefused(String line, String... parts) {
        assertThatThrownBy(() -> Options.parse(List.of(line.split(" "))))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContainingAll(parts);
    }
}
