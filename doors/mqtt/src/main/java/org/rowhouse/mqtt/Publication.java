package org.rowhouse.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;
import java.util.concurrent.TimeUnit;

/**
 * A message on its way to subscribers. Its payload is never changed.
 *
 * @param sender the session that published it; empty if none did
 * @param qos as it was published
 * @param retain whether it is kept for later subscribers; an empty payload ends that
 * @param properties of MQTT 5, without those that concern one connection
 * @param expiresNs when it is worth nothing any more; {@link Long#MAX_VALUE} for never
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Publication(
        String sender,
        String topic,
        byte[] payload,
        int qos,
        boolean retain,
        MqttProperties properties,
        long expiresNs) {
    /** What travels with a message from its publisher to its subscribers. */
    private static final int[] FORWARDED = {
        MqttProperties.PAYLOAD_FORMAT_INDICATOR,
        MqttProperties.CONTENT_TYPE,
        MqttProperties.RESPONSE_TOPIC,
        MqttProperties.CORRELATION_DATA,
        MqttProperties.USER_PROPERTY
    };

    static Publication of(
            String sender,
            String topic,
            byte[] payload,
            int qos,
            boolean retain,
            MqttProperties properties) {
        if (properties.isEmpty()) {
            return new Publication(
                    sender,
                    topic,
                    payload,
                    qos,
                    retain,
                    MqttProperties.NO_PROPERTIES,
                    Long.MAX_VALUE);
        }
        MqttProperties forwarded = new MqttProperties();
        for (int id : FORWARDED) {
            properties.getProperties(id).forEach(forwarded::add);
        }
        long expiresNs = Long.MAX_VALUE;
        if (properties.getProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL)
                instanceof MqttProperties.IntegerProperty seconds) {
            expiresNs =
                    System.nanoTime()
                            + TimeUnit.SECONDS.toNanos(Integer.toUnsignedLong(seconds.value()));
        }
        return new Publication(sender, topic, payload, qos, retain, forwarded, expiresNs);
    }

    boolean isExpired() {
        return expiresNs != Long.MAX_VALUE && System.nanoTime() - expiresNs >= 0;
    }

    /** Its properties for one subscriber, the time that is left of its life included. */
    MqttProperties propertiesFor(int[] subscriptions) {
        if (properties.isEmpty() && subscriptions.length == 0 && expiresNs == Long.MAX_VALUE) {
            return MqttProperties.NO_PROPERTIES;
        }
        MqttProperties all = new MqttProperties();
        properties.listAll().forEach(all::add);
        for (int id : subscriptions) {
            all.add(new MqttProperties.IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, id));
        }
        if (expiresNs != Long.MAX_VALUE) {
            long left = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(expiresNs - System.nanoTime()));
            all.add(
                    new MqttProperties.IntegerProperty(
                            MqttProperties.PUBLICATION_EXPIRY_INTERVAL, (int) left));
        }
        return all;
    }

    int bytes() {
        return payload.length + 2 * topic.length();
    }
}
