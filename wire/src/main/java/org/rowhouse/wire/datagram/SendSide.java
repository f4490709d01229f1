package org.rowhouse.wire.datagram;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one side sends: the bytes that the peer may lack, the packets that are on their way, and
 * when the next one leaves. Knows no socket and no clock: the time comes with each call, so that
 * seeds can replay it. Not safe for several threads.
 */
final class SendSide {
    /** What a timer is set to when nothing is to be done. */
    static final long NEVER = Long.MAX_VALUE;

    /** A piece of the stream, cut when it was sent first. */
    static final class Segment {
        final long offset;
        final int length;
        boolean arrived;
        boolean waits;
        int copies;
        int underWay;
        long sentNs;

        Segment(long offset, int length) {
            this.offset = offset;
            this.length = length;
        }
    }

    private static final class Flight {
        final @Nullable Segment segment;
        final int bytes;
        final long sentNs;
        final long delivered;
        final long deliveredNs;
        final long firstSentNs;
        final boolean idle;
        boolean over;

        Flight(
                @Nullable Segment segment,
                int bytes,
                long sentNs,
                long delivered,
                long deliveredNs,
                long firstSentNs,
                boolean idle) {
            this.segment = segment;
            this.bytes = bytes;
            this.sentNs = sentNs;
            this.delivered = delivered;
            this.deliveredNs = deliveredNs;
            this.firstSentNs = firstSentNs;
            this.idle = idle;
        }
    }

    private final RateControl rate = new RateControl();
    private final byte[] buffer = new byte[DatagramBounds.SEND_BUFFER_BYTES];

    /** Before it everything has arrived; before the next, everything was sent; what was written. */
    private long arrivedTo;

    private long sentTo;
    private long writtenTo;
    private long takenTo = DatagramBounds.RECEIVE_BUFFER_BYTES;
    private boolean ended;
    private boolean endSent;
    private boolean endArrived;
    private @Nullable Segment end;

    private final ArrayDeque<Segment> open = new ArrayDeque<>();
    private final ArrayDeque<Segment> again = new ArrayDeque<>();

    private final @Nullable Flight[] flights = new Flight[DatagramBounds.FLIGHTS_MAX];
    private long oldest;
    private long next;
    private long newestArrived = -1;
    private long underWay;

    private long delivered;
    private long deliveredNs;
    private long firstSentNs;
    private double credit = DatagramBounds.BURST_BYTES;
    private long creditNs;
    private boolean creditKnown;
    private long lastProgressNs;
    private int probes;
    private int probesDue;

    /** Takes bytes of the stream; gives how many. */
    int write(ByteBuffer from) {
        int room = (int) Math.min(from.remaining(), buffer.length - (writtenTo - arrivedTo));
        for (int left = room; left > 0; ) {
            int at = (int) (writtenTo % buffer.length);
            int length = Math.min(left, buffer.length - at);
            from.get(buffer, at, length);
            writtenTo += length;
            left -= length;
        }
        return room;
    }

    /** No more will be written. */
    void end() {
        ended = true;
    }

    /** Whether the peer has all that was written, and the end if there is one. */
    boolean settled() {
        return arrivedTo == writtenTo && (!ended || endArrived);
    }

    boolean hasRoom() {
        return writtenTo - arrivedTo < buffer.length;
    }

    /** Whether only the peer's word that it takes more is wanted, which may have been lost. */
    boolean waitsForRoom() {
        return open.isEmpty() && sentTo < writtenTo && sentTo >= takenTo;
    }

    /** The peer takes bytes before this offset. */
    void allow(long offset) {
        takenTo = Math.max(takenTo, Math.min(offset, writtenToMost()));
    }

    private long writtenToMost() {
        return sentTo + 2L * DatagramBounds.RECEIVE_BUFFER_BYTES;
    }

    /** The number that the next packet gets. */
    long nextNumber() {
        return next;
    }

    /** What the next packet is to carry now; null if none is to leave at this time. */
    @Nullable Segment choose(long nowNs) {
        refill(nowNs);
        if (next - oldest >= flights.length - 1) {
            return null; // whoever never acknowledges gets no more
        }
        Segment probe = probe(nowNs);
        if (probe != null) {
            return probe;
        }
        if (credit < 0 || underWay >= rate.window()) {
            return null;
        }
        for (Segment lost = again.poll(); lost != null; lost = again.poll()) {
            lost.waits = false;
            if (!lost.arrived) {
                return lost;
            }
        }
        if (sentTo < Math.min(writtenTo, takenTo)) {
            int length =
                    (int)
                            Math.min(
                                    DatagramBounds.SEGMENT_BYTES_MAX,
                                    Math.min(writtenTo, takenTo) - sentTo);
            Segment fresh = new Segment(sentTo, length);
            sentTo += length;
            open.add(fresh);
            return fresh;
        }
        if (ended && !endSent && sentTo == writtenTo) {
            endSent = true;
            end = new Segment(writtenTo, 0);
            open.add(end);
            return end;
        }
        return early(nowNs);
    }

    /** The oldest segment, twice, when nothing has been heard for too long (RFC 9002, 6.2.4). */
    private @Nullable Segment probe(long nowNs) {
        if (open.isEmpty()) {
            return null;
        }
        if (nowNs >= probeAtNs()) {
            probes++;
            lastProgressNs = nowNs;
            probesDue = 2;
        }
        if (probesDue == 0) {
            return null;
        }
        probesDue--;
        for (Segment segment : open) {
            if (!segment.arrived) {
                return segment;
            }
        }
        return null;
    }

    /** With nothing new to send, a copy of what may be lost costs nothing and saves a round. */
    private @Nullable Segment early(long nowNs) {
        Segment oldestSent = null;
        for (Segment segment : open) {
            if (!segment.arrived
                    && segment.copies < DatagramBounds.EARLY_COPIES_MAX
                    && (oldestSent == null || segment.sentNs < oldestSent.sentNs)) {
                oldestSent = segment;
            }
        }
        return oldestSent != null && nowNs >= oldestSent.sentNs + earlyAfterNs()
                ? oldestSent
                : null;
    }

    private long earlyAfterNs() {
        return Math.max(rate.smoothedNs() / 4, 1_000_000L);
    }

    private long probeAtNs() {
        return lastProgressNs
                + (rate.probeAfterNs() << Math.min(probes, DatagramBounds.PROBE_DOUBLINGS_MAX));
    }

    /** A packet has left; {@code segment} is null if it only asks for a sign of life. */
    void sent(@Nullable Segment segment, int bytes, long nowNs) {
        if (underWay == 0) {
            firstSentNs = nowNs;
            deliveredNs = nowNs;
        }
        boolean idle = sentTo >= Math.min(writtenTo, takenTo) && again.isEmpty();
        flights[slot(next)] =
                new Flight(segment, bytes, nowNs, delivered, deliveredNs, firstSentNs, idle);
        next++;
        underWay += bytes;
        credit -= bytes;
        if (segment != null) {
            if (segment.copies == 0 && open.size() == 1) {
                lastProgressNs = nowNs;
            }
            segment.copies++;
            segment.underWay++;
            segment.sentNs = nowNs;
        }
    }

    /** A packet that carries no bytes and asks for nothing: it only uses up a number. */
    void passed() {
        flights[slot(next)] = null;
        next++;
        skipOld();
    }

    private static int slot(long number) {
        return (int) (number % DatagramBounds.FLIGHTS_MAX);
    }

    /**
     * The peer has the packets {@code from} to {@code to}.
     *
     * @param delayNs how long it kept the newest before it said so; negative in all ranges but the
     *     first
     * @return false if one of them has never been sent: the peer lies
     */
    boolean arrived(long from, long to, long delayNs, long nowNs) {
        if (to >= next || from > to) {
            return false;
        }
        if (delayNs >= 0 && to > newestArrived) {
            Flight newest = to >= oldest ? flights[slot(to)] : null;
            if (newest != null && !newest.over) {
                long tookNs = nowNs - newest.sentNs;
                rate.roundTrip(Math.max(1, tookNs - Math.min(delayNs, tookNs / 2)), nowNs);
            }
            newestArrived = to;
        }
        for (long number = Math.max(from, oldest); number <= to; number++) {
            Flight flight = flights[slot(number)];
            if (flight != null && !flight.over) {
                arrived(flight, nowNs);
            }
        }
        return true;
    }

    private void arrived(Flight flight, long nowNs) {
        over(flight);
        lastProgressNs = nowNs;
        probes = 0;
        delivered += flight.bytes;
        deliveredNs = nowNs;
        firstSentNs = flight.sentNs;
        long tookNs = Math.max(flight.sentNs - flight.firstSentNs, nowNs - flight.deliveredNs);
        double perSecond = tookNs <= 0 ? 0 : (delivered - flight.delivered) * 1e9 / tookNs;
        rate.arrived(flight.bytes, delivered, flight.delivered, perSecond, flight.idle, nowNs);
        Segment segment = flight.segment;
        if (segment != null && !segment.arrived) {
            segment.arrived = true;
            endArrived |= segment == end;
        }
    }

    private void over(Flight flight) {
        flight.over = true;
        underWay -= flight.bytes;
        if (flight.segment != null) {
            flight.segment.underWay--;
        }
    }

    /** After all ranges of an acknowledgement, and when the time of {@link #dueNs} has come. */
    void judge(long nowNs) {
        for (long number = oldest; number < newestArrived; number++) {
            Flight flight = flights[slot(number)];
            if (flight != null
                    && !flight.over
                    && nowNs >= flight.sentNs + rate.lateAfterNs(overtaken(number))) {
                lose(flight);
            }
        }
        while (!open.isEmpty() && open.peek().arrived) {
            Segment first = open.remove();
            arrivedTo = first.offset + first.length;
        }
        skipOld();
    }

    private boolean overtaken(long number) {
        return newestArrived - number >= DatagramBounds.OVERTAKEN_MAX;
    }

    private void lose(Flight flight) {
        over(flight);
        rate.lost(flight.bytes);
        Segment segment = flight.segment;
        if (segment != null && !segment.arrived && !segment.waits && segment.underWay == 0) {
            segment.waits = true;
            again.add(segment);
        }
    }

    private void skipOld() {
        while (oldest < next) {
            Flight flight = flights[slot(oldest)];
            if (flight != null && !flight.over) {
                return;
            }
            flights[slot(oldest)] = null;
            oldest++;
        }
    }

    private void refill(long nowNs) {
        if (!creditKnown) {
            creditKnown = true;
            creditNs = nowNs;
            lastProgressNs = nowNs;
        }
        double pace = rate.pace(nowNs);
        double most = Math.max(DatagramBounds.BURST_BYTES, pace * 2e-3);
        credit = Math.min(most, credit + pace * (nowNs - creditNs) / 1e9);
        creditNs = nowNs;
    }

    /** When {@link #judge} or {@link #choose} should be asked next, if nothing comes before. */
    long dueNs(long nowNs) {
        long due = NEVER;
        if (!open.isEmpty()) {
            due = probeAtNs();
        }
        Flight first = oldest < next ? flights[slot(oldest)] : null;
        if (first != null && !first.over && oldest < newestArrived) {
            due = Math.min(due, first.sentNs + rate.lateAfterNs(overtaken(oldest)));
        }
        if (underWay >= rate.window() || next - oldest >= flights.length - 1) {
            return Math.max(due, nowNs);
        }
        boolean more =
                !again.isEmpty()
                        || sentTo < Math.min(writtenTo, takenTo)
                        || (ended && !endSent && sentTo == writtenTo);
        if (more) {
            due = Math.min(due, paidNs(nowNs));
        } else if (!open.isEmpty()) {
            due = Math.min(due, Math.max(paidNs(nowNs), earlyNs()));
        }
        return Math.max(due, nowNs);
    }

    private long paidNs(long nowNs) {
        return credit >= 0 ? nowNs : nowNs + (long) (-credit * 1e9 / rate.pace(nowNs)) + 1;
    }

    private long earlyNs() {
        long oldestSentNs = NEVER;
        for (Segment segment : open) {
            if (!segment.arrived && segment.copies < DatagramBounds.EARLY_COPIES_MAX) {
                oldestSentNs = Math.min(oldestSentNs, segment.sentNs);
            }
        }
        return oldestSentNs == NEVER ? NEVER : oldestSentNs + earlyAfterNs();
    }

    /** Copies the bytes of a segment. */
    void bytes(Segment segment, ByteBuffer into) {
        int at = (int) (segment.offset % buffer.length);
        int first = Math.min(segment.length, buffer.length - at);
        into.put(buffer, at, first);
        into.put(buffer, 0, segment.length - first);
    }

    boolean isEnd(Segment segment) {
        return segment == end;
    }

    RateControl rate() {
        return rate;
    }

    @Override
    public String toString() {
        return "sent to %d of %d, arrived to %d, %d segments open, %d lost, %d bytes on the way; %s"
                .formatted(sentTo, writtenTo, arrivedTo, open.size(), again.size(), underWay, rate);
    }
}
