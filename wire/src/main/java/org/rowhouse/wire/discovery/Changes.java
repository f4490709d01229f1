package org.rowhouse.wire.discovery;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.codec.BinaryCodec;

/**
 * What a follower is told.
 *
 * @param whole whether those that came are all there are: the first word of a seed
 * @param came new ones, and ones that have changed
 * @param left names of those that are gone
 */
record Changes(boolean whole, List<Member> came, List<String> left) {
    static final BinaryCodec<Changes> CODEC = BinaryCodec.of(Changes.class);

    /**
     * How a follower begins.
     *
     * @param self who it is itself; null if it only listens
     */
    record Following(@Nullable Member self) {
        static final BinaryCodec<Following> CODEC = BinaryCodec.of(Following.class);
    }

    /** An exchange: the follower is told until it goes, and is a member for so long. */
    static final Operation FOLLOW =
            new Operation("rowhouse.discovery/follow", Following.CODEC.schema(), CODEC.schema());
}
