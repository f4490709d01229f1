package org.rowhouse.mqtt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The last message of each topic that was to be kept for later subscribers. */
final class Retained {
    private final Map<String, Publication> last = new LinkedHashMap<>();
    private long bytes;

    /** False if there is no room for it. */
    synchronized boolean keep(Publication message) {
        Publication before = last.get(message.topic());
        long less = before == null ? 0 : before.bytes();
        if (message.payload().length == 0) {
            last.remove(message.topic());
            bytes -= less;
            return true;
        }
        if ((before == null && last.size() >= MqttBounds.RETAINED_MAX)
                || bytes - less + message.bytes() > MqttBounds.RETAINED_BYTES_MAX) {
            return false;
        }
        last.put(message.topic(), message);
        bytes += message.bytes() - less;
        return true;
    }

    synchronized List<Publication> matching(String filter) {
        List<Publication> all = new ArrayList<>();
        for (Publication message : last.values()) {
            if (!message.isExpired() && Filters.matches(filter, message.topic())) {
                all.add(message);
            }
        }
        return all;
    }
}
