package org.rowhouse.rules.seeds.images;

import org.rowhouse.rules.seeds.node.UsesCli;

/** Violates: an arrow may not point upwards. */
public record UsesNode(UsesCli above) {}
