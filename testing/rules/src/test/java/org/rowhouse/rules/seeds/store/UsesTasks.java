package org.rowhouse.rules.seeds.store;

import org.rowhouse.rules.seeds.tasks.Prints;

/** Violates: an arrow may not point upwards. */
record UsesTasks(Prints above) {}
