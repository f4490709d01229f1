package org.rowhouse.rules.seeds.tasks;

import java.util.logging.Logger;

/** Violates: only System.Logger logs. */
record LogsOtherwise(Logger logger) {}
