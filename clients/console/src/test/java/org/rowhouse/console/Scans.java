package org.rowhouse.console;

import java.sql.Connection;
import java.util.List;
import org.rowhouse.api.Consumes;
import org.rowhouse.api.Message;

/** Reads in the town of the pictures what vans tell on their way. */
public class Scans {
    /** Where a van has seen a parcel, and what that weighs. */
    public record Scan(int parcel, String city, String seen, int grams) {}

    /** Takes note of every parcel but one that weighs nothing. */
    @Consumes(topic = "scans", group = "whereabouts")
    public void see(Connection sql, List<Message<Scan>> batch) {
        for (Message<Scan> each : batch) {
            if (each.body().grams() == 0) {
                throw new IllegalStateException(
                        "Parcel %d was never packed.".formatted(each.body().parcel()));
            }
        }
    }
}
