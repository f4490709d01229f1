package org.rowhouse.rules.seeds.api;

import tools.jackson.databind.JsonNode;

/** Violates: api depends on the JDK alone. */
record UsesJackson(JsonNode node) {}
