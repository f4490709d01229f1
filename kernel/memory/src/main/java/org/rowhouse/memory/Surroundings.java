package org.rowhouse.memory;

import java.time.Duration;

/**
 * What a client of regions needs.
 *
 * @param patience how long a verb tries
 */
record Surroundings(RegionRows rows, Ways ways, Waiting waiting, Duration patience) {}
