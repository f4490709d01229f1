package org.rowhouse.wire.link;

/**
 * What has happened on a link so far, both ways together.
 *
 * @param taken datagrams, or chunks of streams, that came to the link
 * @param passed those that arrived, a duplicate counted too
 * @param lost by chance
 * @param dropped since the queue was full or too much was on its way
 * @param cut while the link was cut
 * @param doubled that arrived twice
 * @param reordered that were held back so that others overtook them
 */
public record LinkCounts(
        long taken, long passed, long lost, long dropped, long cut, long doubled, long reordered) {
    /** Both together. */
    LinkCounts plus(LinkCounts other) {
        return new LinkCounts(
                taken + other.taken,
                passed + other.passed,
                lost + other.lost,
                dropped + other.dropped,
                cut + other.cut,
                doubled + other.doubled,
                reordered + other.reordered);
    }
}
