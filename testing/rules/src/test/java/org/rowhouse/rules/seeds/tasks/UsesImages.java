package org.rowhouse.rules.seeds.tasks;

import org.rowhouse.rules.seeds.images.UsesNode;

/** Violates: kernel services stand side by side. */
record UsesImages(UsesNode beside) {}
