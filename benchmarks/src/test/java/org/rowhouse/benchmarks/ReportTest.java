package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportTest {
    private static final Figure RATE = Figure.rate("work", "tasks/s", new Target.Ratio(10));
    private static final Figure DELAY = Figure.latency("delay", "ms", new Target.AtMost(5));

    @Test
    void theMedianIsTheMiddleValueWhateverTheOrder() {
        assertThat(Numbers.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5);
        assertThat(Numbers.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2.5);
        assertThatThrownBy(() -> Numbers.median(List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRatioAboveOneMeansBetterInBothDirections() {
        assertThat(Better.HIGHER.ratio(200, 100)).isEqualTo(2);
        assertThat(Better.LOWER.ratio(100, 200)).isEqualTo(2);
        assertThat(Better.LOWER.ratio(200, 100)).isEqualTo(0.5);
    }

    @Test
    void aRowComparesTheMediansOfBothSides() {
        Row row =
                Row.of(RATE, List.of(900.0, 1100.0, 1000.0), "Peer 1", List.of(100.0, 90.0, 500.0));
        assertThat(row.rowhouse()).isEqualTo(1000);
        assertThat(row.peerValue()).isEqualTo(100);
        assertThat(row.ratio()).isEqualTo(10);
        assertThat(row.met()).isTrue();
    }

    @Test
    void aTargetIsJudgedByTheUnroundedValue() {
        assertThat(Row.of(DELAY, List.of(5.0)).met()).isTrue();
        assertThat(Row.of(DELAY, List.of(5.000001)).met()).isFalse();
        assertThat(new Target.AtLeast(80_000).met(79_999, null)).isFalse();
        assertThat(new Target.Ratio(2).met(1, null)).isFalse();
        assertThat(new Target.Within(1.25).met(9, 0.8)).isTrue();
        assertThat(new Target.Within(1.25).met(9, 0.79)).isFalse();
    }

    @Test
    void numbersKeepTheDigitsThatMeanSomething() {
        assertThat(Numbers.rounded(0.123456)).isEqualTo(0.1235);
        assertThat(Numbers.rounded(123456.7)).isEqualTo(123457);
        assertThat(Numbers.plain(123456.7)).isEqualTo("123,457");
        assertThat(Numbers.plain(0.5)).isEqualTo("0.5");
        assertThat(Numbers.plain(Double.NaN)).isEqualTo("-");
    }

    @Test
    void theJsonFormHasTheFieldsOfTheDesignAndLeavesAnAbsentPeerOut(@TempDir Path folder)
            throws Exception {
        Path file = folder.resolve("new folder/report.json");
        report().write(file);
        JsonNode json = JsonMapper.shared().readTree(Files.readString(file));
        assertThat(json.propertyNames())
                .containsExactly("benchmark", "commit", "date", "machine", "settings", "rows");
        JsonNode beside = json.get("rows").get(0);
        assertThat(beside.propertyNames())
                .containsExactly(
                        "name",
                        "unit",
                        "better",
                        "rowhouse",
                        "rounds",
                        "peer",
                        "peer_value",
                        "peer_rounds",
                        "ratio",
                        "target",
                        "met");
        assertThat(beside.get("better").asString()).isEqualTo("higher");
        assertThat(beside.get("target").asString()).isEqualTo("ratio >= 10");
        JsonNode alone = json.get("rows").get(1);
        assertThat(alone.propertyNames())
                .containsExactly("name", "unit", "better", "rowhouse", "rounds", "target", "met");
        assertThat(alone.get("met").asBoolean()).isFalse();
    }

    @Test
    void aReportThatCannotBeWrittenSaysWhere(@TempDir Path folder) {
        assertThatThrownBy(() -> report().write(folder))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining(folder.toString());
    }

    @Test
    void theTableNamesThePeerAndCountsTheTargets() {
        var text = new ByteArrayOutputStream();
        report().print(new PrintStream(text, true, StandardCharsets.UTF_8));
        assertThat(text.toString(StandardCharsets.UTF_8))
                .contains("peer      Peer 1")
                .contains("fsync on")
                .containsPattern("work +tasks/s +1,000 +100 +10 +ratio >= 10 +yes")
                .containsPattern("delay +ms +7 +<= 5 +NO")
                .contains("1 of 2 targets met.");
    }

    private static Report report() {
        return new Report(
                "sample",
                "0123456789ab",
                "2026-11-23T00:00:00Z",
                Map.of("cores", 2),
                Map.of("fsync", "on"),
                List.of(
                        Row.of(RATE, List.of(1000.0), "Peer 1", List.of(100.0)),
                        Row.of(DELAY, List.of(7.0))));
    }
}
