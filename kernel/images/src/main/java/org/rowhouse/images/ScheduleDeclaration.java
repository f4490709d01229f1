package org.rowhouse.images;

import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that a component wants started by the calendar.
 *
 * @param cron five fields as in Unix cron, or six with seconds first; read by the part that owns
 *     schedules
 * @param zone time zone that the fields are read in
 * @param function a function of the same component
 * @param input its input as JSON; {@code null}, the JSON word, if it takes none
 * @param queue where the tasks go; null: at once, without a queue
 * @param catchUp times missed while no node was up fire later, each; otherwise only the last of
 *     them
 */
public record ScheduleDeclaration(
        String name,
        String cron,
        ZoneId zone,
        String function,
        String input,
        @Nullable String queue,
        boolean catchUp) {}
