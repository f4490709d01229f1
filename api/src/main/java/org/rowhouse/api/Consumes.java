package org.rowhouse.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a public method as a consumer: while its component is deployed, it handles the messages of
 * a topic for a group, or the mail of a mailbox. The topic or mailbox must have been declared; the
 * group is made, from the oldest message on, if it is not there.
 *
 * <p>By itself it marks a consumer with SQL. What that does on the connection, in the component's
 * schema, commits together with the acknowledgement: exactly once.
 *
 * <pre>{@code
 * @Consumes(topic = "readings")
 * public void average(Connection sql, List<Message<Reading>> batch) throws SQLException { ... }
 *
 * @Consumes(mailbox = "shipping")
 * public Receipt ship(Connection sql, Parcel parcel) throws SQLException { ... } // the answer
 * }</pre>
 *
 * <p>What it shall send in the same commit goes through an {@link Outbox}, if it takes one as its
 * last parameter.
 *
 * <p>On a {@link Function} or {@link Workflow} each message, or mail, starts one task with its body
 * as input, once, however often it is delivered.
 *
 * <p>What throws is tried again as the group or mailbox says, and is then a dead letter with the
 * reason; so is a body that does not fit the record.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Consumes {
    /** The topic; empty for a mailbox. */
    String topic() default "";

    /** The group that it reads the topic for; the component's name when empty. */
    String group() default "";

    /** The mailbox; empty for a topic. */
    String mailbox() default "";

    /**
     * The queue that the tasks wait in, which says how many of them run at a time; it must have
     * been declared. Empty: they run at once.
     */
    String queue() default "";
}
