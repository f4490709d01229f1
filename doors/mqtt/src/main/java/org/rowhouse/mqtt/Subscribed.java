package org.rowhouse.mqtt;

import io.netty.handler.codec.mqtt.MqttSubscriptionOption;

/**
 * One filter of one session.
 *
 * @param filter as the client wrote it, with the group if it is shared
 * @param identifier of MQTT 5; 0 if the client gave none
 */
record Subscribed(
        DeviceSession session, String filter, MqttSubscriptionOption options, int identifier) {}
