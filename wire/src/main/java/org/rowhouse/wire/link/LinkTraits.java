package org.rowhouse.wire.link;

import java.time.Duration;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * How bad a link is, the same both ways. Probabilities are 0 to 1.
 *
 * @param delay how long everything takes, one way
 * @param jitter up to so much longer, evenly spread; datagrams may overtake each other by it,
 *     streams keep their order
 * @param loss how many datagrams are lost; a stream loses nothing
 * @param duplicate how many datagrams arrive twice; not of streams
 * @param reorder how many datagrams take twice the delay, and at least 1 ms more, so that later
 *     ones overtake them; not of streams
 * @param bytesPerSecond how much passes; {@link Long#MAX_VALUE} for no limit
 * @param queueBytes how much waits before the bottleneck; datagrams beyond are lost, streams wait
 * @param stall how many chunks of a stream are held up; not of datagrams
 * @param stallTime how long each of them is held up
 */
public record LinkTraits(
        Duration delay,
        Duration jitter,
        double loss,
        double duplicate,
        double reorder,
        long bytesPerSecond,
        int queueBytes,
        double stall,
        Duration stallTime) {
    /** A link that does nothing to what passes. */
    public static final LinkTraits PERFECT =
            new LinkTraits(
                    Duration.ZERO,
                    Duration.ZERO,
                    0,
                    0,
                    0,
                    Long.MAX_VALUE,
                    256 << 10,
                    0,
                    Duration.ZERO);

    /**
     * @throws RowhouseException INVALID_ARGUMENT if no link can be so
     */
    public LinkTraits {
        time("delay", delay);
        time("jitter", jitter);
        time("stall time", stallTime);
        probability("loss", loss);
        probability("duplicate", duplicate);
        probability("reorder", reorder);
        probability("stall", stall);
        if (bytesPerSecond < 1) {
            throw invalid("The rate of a link must be at least 1 byte/s.");
        }
        if (queueBytes < 1) {
            throw invalid("The queue of a link must hold at least 1 byte.");
        }
    }

    /** The same with another delay, one way. */
    public LinkTraits delay(Duration time) {
        return new LinkTraits(
                time,
                jitter,
                loss,
                duplicate,
                reorder,
                bytesPerSecond,
                queueBytes,
                stall,
                stallTime);
    }

    /** The same with another jitter. */
    public LinkTraits jitter(Duration time) {
        return new LinkTraits(
                delay,
                time,
                loss,
                duplicate,
                reorder,
                bytesPerSecond,
                queueBytes,
                stall,
                stallTime);
    }

    /** The same with another share of datagrams lost, 0 to 1. */
    public LinkTraits loss(double share) {
        return new LinkTraits(
                delay,
                jitter,
                share,
                duplicate,
                reorder,
                bytesPerSecond,
                queueBytes,
                stall,
                stallTime);
    }

    /** The same with another share of datagrams doubled, 0 to 1. */
    public LinkTraits duplicate(double share) {
        return new LinkTraits(
                delay, jitter, loss, share, reorder, bytesPerSecond, queueBytes, stall, stallTime);
    }

    /** The same with another share of datagrams overtaken, 0 to 1. */
    public LinkTraits reorder(double share) {
        return new LinkTraits(
                delay,
                jitter,
                loss,
                duplicate,
                share,
                bytesPerSecond,
                queueBytes,
                stall,
                stallTime);
    }

    /** The same with another rate and the queue before it. */
    public LinkTraits rate(long bytesPerSecond, int queueBytes) {
        return new LinkTraits(
                delay,
                jitter,
                loss,
                duplicate,
                reorder,
                bytesPerSecond,
                queueBytes,
                stall,
                stallTime);
    }

    /** The same with another share of a stream's chunks held up, for so long. */
    public LinkTraits stall(double share, Duration time) {
        return new LinkTraits(
                delay, jitter, loss, duplicate, reorder, bytesPerSecond, queueBytes, share, time);
    }

    private static void time(String name, Duration time) {
        if (time.isNegative() || time.compareTo(LinkBounds.TIME_MAX) > 0) {
            throw invalid(
                    "The %s of a link must be 0 to %d s, but is %s."
                            .formatted(name, LinkBounds.TIME_MAX.toSeconds(), time));
        }
    }

    private static void probability(String name, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw invalid("The %s of a link must be 0 to 1, but is %s.".formatted(name, share));
        }
    }

    private static RowhouseException invalid(String message) {
        return new RowhouseException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
