/**
 * Tasks: the process table, workflows and their steps, queues, schedules, and the node's part in
 * running them.
 */
@NullMarked
package org.rowhouse.tasks;

import org.jspecify.annotations.NullMarked;
