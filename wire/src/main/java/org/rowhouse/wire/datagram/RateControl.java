package org.rowhouse.wire.datagram;

import java.util.Arrays;

/**
 * How fast to send: by what arrives, after BBR (Cardwell and others, "BBR: Congestion-Based
 * Congestion Control", ACM Queue 2016). Unlike BBR it makes up for loss that is not its own fault:
 * while packets are lost and the round trip does not grow, the link is bad and not full, and what
 * is lost is added to the pace. When the round trip grows, loss is the queue's, and is not.
 *
 * <p>Not safe for several threads. Time: {@link System#nanoTime} of the caller's choice.
 */
final class RateControl {
    /** Doubles the amount on the way in each round (BBR: 2 / ln 2). */
    private static final double START_GAIN = 2.89;

    /** One round too fast, to find more; one slower, to empty the queue again. */
    private static final double[] GAINS = {1.25, 0.8, 1, 1, 1, 1, 1, 1};

    /** Rounds that the best rate counts for. */
    private static final int RATE_ROUNDS = 10;

    /** Rounds without a quarter more after which the link counts as full. */
    private static final int FULL_ROUNDS = 3;

    private static final double LOSS_MAX = 0.5;
    private static final long ROUND_TRIP_WINDOW_NS = 10_000_000_000L;

    private final double[] rates = new double[RATE_ROUNDS];
    private long round;
    private long roundEndsAt;
    private long roundDelivered;
    private long roundLost;
    private double loss;
    private boolean queueing;

    private boolean starting = true;
    private double fullRate;
    private int fullRounds;
    private int phase;
    private long phaseBeganNs;

    private long smoothedNs = DatagramBounds.FIRST_ROUND_TRIP.toNanos();
    private long deviationNs = smoothedNs / 2;
    private long shortestNs = Long.MAX_VALUE;
    private long shortestFoundNs;
    private long roundShortestNs = Long.MAX_VALUE;
    private long latestNs;
    private boolean measured;

    /** A round trip was measured. */
    void roundTrip(long tookNs, long nowNs) {
        latestNs = tookNs;
        if (!measured) {
            smoothedNs = tookNs;
            deviationNs = tookNs / 2;
            measured = true;
        } else {
            deviationNs += (Math.abs(tookNs - smoothedNs) - deviationNs) / 4;
            smoothedNs += (tookNs - smoothedNs) / 8;
        }
        roundShortestNs = Math.min(roundShortestNs, tookNs);
        if (tookNs <= shortestNs || nowNs - shortestFoundNs > ROUND_TRIP_WINDOW_NS) {
            shortestNs = tookNs;
            shortestFoundNs = nowNs;
        }
    }

    /**
     * Bytes arrived.
     *
     * @param delivered all bytes that have arrived so far
     * @param deliveredAtSend how many had when the newest of them left
     * @param perSecond how fast those in between arrived
     * @param idle whether the sender had nothing to send meanwhile, so that it may be too low
     */
    void arrived(
            long bytes,
            long delivered,
            long deliveredAtSend,
            double perSecond,
            boolean idle,
            long nowNs) {
        roundDelivered += bytes;
        if (!idle || perSecond > bandwidth()) {
            int slot = (int) (round % RATE_ROUNDS);
            rates[slot] = Math.max(rates[slot], perSecond);
        }
        if (deliveredAtSend >= roundEndsAt) {
            endRound(delivered, idle, nowNs);
        }
    }

    /** Bytes were lost. */
    void lost(long bytes) {
        roundLost += bytes;
    }

    private void endRound(long delivered, boolean idle, long nowNs) {
        long all = roundDelivered + roundLost;
        if (all > 0) {
            double now = (double) roundLost / all;
            loss = round == 0 ? now : loss + (now - loss) / 4;
        }
        queueing = measured && roundShortestNs > shortestNs + shortestNs / 4 + 2_000_000L;
        roundEndsAt = delivered;
        roundDelivered = 0;
        roundLost = 0;
        roundShortestNs = Long.MAX_VALUE;
        if (starting && !idle) {
            lookWhetherFull(nowNs);
        }
        round++;
        rates[(int) (round % RATE_ROUNDS)] = 0;
    }

    private void lookWhetherFull(long nowNs) {
        if (bandwidth() > fullRate * 1.25) {
            fullRate = bandwidth();
            fullRounds = 0;
        } else if (++fullRounds >= FULL_ROUNDS || queueing) {
            starting = false;
            phase = 1;
            phaseBeganNs = nowNs;
        }
    }

    /** Bytes for each second that arrive at best. */
    double bandwidth() {
        return Arrays.stream(rates).max().orElse(0);
    }

    /** Bytes for each second to send at. */
    double pace(long nowNs) {
        double known = bandwidth();
        if (known == 0) {
            double first = DatagramBounds.FIRST_WINDOW_BYTES / (smoothedNs / 1e9);
            return Math.clamp(first * START_GAIN, DatagramBounds.PACE_MIN, DatagramBounds.PACE_MAX);
        }
        double gain = START_GAIN;
        if (!starting) {
            long turnNs = Math.max(shortestNs, 1_000_000L);
            if (nowNs - phaseBeganNs > turnNs) {
                phase = (phase + 1) % GAINS.length;
                phaseBeganNs = nowNs;
            }
            gain = GAINS[phase];
        }
        return Math.clamp(
                gain * known * makingUp(), DatagramBounds.PACE_MIN, DatagramBounds.PACE_MAX);
    }

    /** How much more than arrives is to be sent. */
    private double makingUp() {
        return queueing ? 1 : 1 / (1 - Math.min(loss, LOSS_MAX));
    }

    /** Bytes that may be on the way at once. */
    long window() {
        double known = bandwidth();
        if (known == 0) {
            return DatagramBounds.FIRST_WINDOW_BYTES;
        }
        double filled = known * makingUp() * (shortestNs / 1e9);
        return Math.max(
                DatagramBounds.FIRST_WINDOW_BYTES, (long) (filled * (starting ? START_GAIN : 2)));
    }

    /** Part of the packets that is lost, 0 to 1. */
    double loss() {
        return loss;
    }

    boolean starting() {
        return starting;
    }

    long smoothedNs() {
        return smoothedNs;
    }

    /** After so long without an acknowledgement something was lost (RFC 9002, 6.2.1). */
    long probeAfterNs() {
        return smoothedNs
                + Math.max(4 * deviationNs, 1_000_000L)
                + DatagramBounds.ACKNOWLEDGE_AFTER.toNanos();
    }

    /**
     * A packet that left so long before one that arrived is lost (RFC 9002, 6.1); sooner if several
     * have overtaken it.
     */
    long lateAfterNs(boolean overtaken) {
        long roundTripNs = Math.max(smoothedNs, latestNs);
        return overtaken ? roundTripNs : roundTripNs * 9 / 8 + 1_000_000L;
    }

    @Override
    public String toString() {
        return "%s at %.0f kB/s, loss %.2f%s, round trip %.1f ms (shortest %.1f), window %d"
                .formatted(
                        starting ? "starting" : "going",
                        bandwidth() / 1e3,
                        loss,
                        queueing ? ", queueing" : "",
                        smoothedNs / 1e6,
                        shortestNs / 1e6,
                        window());
    }
}
