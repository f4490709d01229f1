package org.rowhouse.rules.seeds.node;

import org.rowhouse.rules.seeds.cli.SecondMain;

/** Violates: an arrow may not point upwards. */
public record UsesCli(SecondMain above) {}
