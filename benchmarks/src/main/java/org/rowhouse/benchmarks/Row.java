package org.rowhouse.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A figure with what each side reached: one element of {@code rows} in the JSON form.
 *
 * @param rowhouse the median of {@code rounds}
 * @param rounds Rowhouse's value in each round, in the order of time
 * @param peer name and version of the other side; null if the row has none
 * @param peerValue the median of {@code peerRounds}
 * @param peerRounds the peer's value in each round
 * @param ratio how many times better Rowhouse is than the peer, above 1 if it is better
 * @param met whether the target is reached; null if there is no target
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
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
    "met"
})
public record Row(
        String name,
        String unit,
        Better better,
        double rowhouse,
        List<Double> rounds,
        @Nullable String peer,
        @JsonProperty("peer_value") @Nullable Double peerValue,
        @JsonProperty("peer_rounds") @Nullable List<Double> peerRounds,
        @Nullable Double ratio,
        @Nullable Target target,
        @Nullable Boolean met) {

    /** A row of Rowhouse alone. */
    static Row of(Figure figure, List<Double> rounds) {
        double value = Numbers.median(rounds);
        return row(figure, value, rounds, null, null, null);
    }

    /** A row of Rowhouse beside its peer. */
    static Row of(Figure figure, List<Double> rounds, String peer, List<Double> peerRounds) {
        return row(
                figure,
                Numbers.median(rounds),
                rounds,
                peer,
                Numbers.median(peerRounds),
                peerRounds);
    }

    /** A row whose value is not the median of its series, such as the fall over a long run. */
    static Row ofSeries(Figure figure, double value, List<Double> series) {
        return row(figure, value, series, null, null, null);
    }

    private static Row row(
            Figure figure,
            double value,
            List<Double> rounds,
            @Nullable String peer,
            @Nullable Double peerValue,
            @Nullable List<Double> peerRounds) {
        Double ratio = peerValue == null ? null : figure.better().ratio(value, peerValue);
        Target target = figure.target();
        return new Row(
                figure.name(),
                figure.unit(),
                figure.better(),
                Numbers.rounded(value),
                rounded(rounds),
                peer,
                peerValue == null ? null : Numbers.rounded(peerValue),
                peerRounds == null ? null : rounded(peerRounds),
                ratio == null ? null : Numbers.rounded(ratio),
                target,
                target == null ? null : target.met(value, ratio));
    }

    private static List<Double> rounded(List<Double> values) {
        return values.stream().map(Numbers::rounded).toList();
    }
}
