package org.rowhouse.mqtt;

/**
 * A log of a topic of the kernel's.
 *
 * @param log which of the topic's, from 0
 */
record LogName(String topic, int log) {
    static LogName parse(String text) {
        int slash = text.lastIndexOf('/');
        return new LogName(
                text.substring(0, slash), Integer.parseInt(text, slash + 1, text.length(), 10));
    }

    @Override
    public String toString() {
        return topic + "/" + log;
    }
}
