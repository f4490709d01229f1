/** Tests of the door for MQTT. */
@NullMarked
package org.rowhouse.mqtt;

import org.jspecify.annotations.NullMarked;
