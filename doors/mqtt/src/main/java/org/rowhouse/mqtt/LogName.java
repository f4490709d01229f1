package org.rowhouse.mqtt;

/**
 * A log of a topic of the kernel's. A topic that is made anew under its name has another number, so
 * its logs are others, too.
 *
 * @param number the topic's
 * @param log which of the topic's, from 0
 */
public record LogName(String topic, int number, int log) {
    /** The inverse of {@link #toString}. */
    static LogName parse(String text) {
        int last = text.lastIndexOf('/');
        int first = text.lastIndexOf('/', last - 1);
        return new LogName(
                text.substring(0, first),
                Integer.parseInt(text, first + 1, last, 10),
                Integer.parseInt(text, last + 1, text.length(), 10));
    }

    @Override
    public String toString() {
        return topic + "/" + number + "/" + log;
    }
}
