package org.rowhouse.messages;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Messaging.Parcel;
import org.rowhouse.store.NamedSql;

/** Writes the tables outbox, in the commit of whatever its sender did, and owed_answer. */
final class OutboxTable {
    private static final NamedSql PUT = NamedSql.load(OutboxTable.class, "outbox_put");
    private static final NamedSql OWE = NamedSql.load(OutboxTable.class, "owe_answer");

    private OutboxTable() {}

    /**
     * @param bucket the sender's
     * @param first the place of the first among what the step sends
     */
    static void put(
            Connection sql, int bucket, UUID sender, int step, int first, List<Parcel> parcels)
            throws SQLException {
        Map<String, Object> values = new HashMap<>();
        values.put("bucket", bucket);
        values.put("sender", sender);
        values.put("step", step);
        values.put("first", first);
        values.put("kinds", list(parcels, each -> each.kind().name().toLowerCase(Locale.ROOT)));
        values.put("targets", list(parcels, Parcel::target));
        values.put("keys", list(parcels, Parcel::key));
        values.put("priorities", list(parcels, each -> each.options().priority()));
        values.put("delays", list(parcels, each -> millis(each.options().delay(), 0L)));
        values.put("ttls", list(parcels, each -> millis(each.options().timeToLive(), null)));
        values.put("correlations", list(parcels, Parcel::correlation));
        values.put("replies", list(parcels, Parcel::replyTo));
        values.put("bodies", list(parcels, Parcel::body));
        PUT.execute(sql, values);
    }

    /** Notes that a task puts an answer there when it has ended. */
    static void owe(Connection sql, TaskId task, @Nullable UUID correlation, String replyTo)
            throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("bucket", task.bucket());
        values.put("task", task.value());
        values.put("correlation", correlation);
        values.put("pause_ms", MessageBounds.LOOK_AROUND.toMillis());
        values.put("reply_to", replyTo);
        OWE.execute(sql, values);
    }

    private static @Nullable Long millis(@Nullable Duration time, @Nullable Long otherwise) {
        return time == null ? otherwise : Long.valueOf(time.toMillis());
    }

    private static List<@Nullable Object> list(
            List<Parcel> parcels, Function<Parcel, ? extends @Nullable Object> part) {
        List<@Nullable Object> values = new ArrayList<>(parcels.size());
        for (Parcel each : parcels) {
            values.add(part.apply(each));
        }
        return values;
    }
}
