/** The door for devices that speak MQTT. */
@NullMarked
package org.rowhouse.mqtt;

import org.jspecify.annotations.NullMarked;
