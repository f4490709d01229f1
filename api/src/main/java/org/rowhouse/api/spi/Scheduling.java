package org.rowhouse.api.spi;

import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Need;
import org.rowhouse.api.TaskId;

/**
 * Chooses nodes for tasks, and is told what becomes of them. Safe for use by many threads; never
 * blocks for long, since starts ask it.
 */
public interface Scheduling {
    /** Any node may claim the task. */
    int ANYWHERE = 0;

    /** The task waits for the scheduler. */
    int UNPLACED = -1;

    /**
     * What a start records of a task's place.
     *
     * @param need the number of its class of need; null for nothing in particular
     * @param node the number of the node that it is placed on, or {@link #ANYWHERE}, or {@link
     *     #UNPLACED}
     * @param devices the devices of that node that are its own, bit by bit
     */
    record Place(@Nullable Integer need, int node, long devices) {
        /** Needs nothing, and any node may claim it. */
        public static final Place ANY = new Place(null, ANYWHERE, 0);
    }

    /**
     * Chooses a place for a task that is about to be recorded.
     *
     * @param need more than nothing
     * @param queue the queue it waits in
     * @param now false if it becomes ready only later
     */
    Place place(TaskId task, Need need, String queue, boolean now);

    /** A task that got a place is there by its row, with that place. */
    void recorded(TaskId task);

    /** A task that got a place was not recorded with it: what it held is free again. */
    void dropped(TaskId task);

    /** A task is ready and waits for a place, by its row. */
    void waits(String queue);

    /** A task was placed on another node by its row. */
    void placed(int node, String queue, int bucket);

    /** A task was placed on another node by its row and runs there: it is told so. */
    void assigned(int node, TaskId task);

    /** A task that holds a part of this node has ended, or waits, or was given back. */
    void left(TaskId task);

    /** A task has left its place to another one, which runs there by its row. */
    void followed(TaskId task, TaskId next);

    /** A signal came: one word, perhaps with more behind it. */
    void heard(String word);

    /**
     * This node is alive, under this number; told once in a beat.
     *
     * @param look whether to look for what no signal told
     */
    void beat(int node, boolean look);

    /** Without a scheduler needs are not looked at. */
    Scheduling NONE =
            new Scheduling() {
                @Override
                public Place place(TaskId task, Need need, String queue, boolean now) {
                    return Place.ANY;
                }

                @Override
                public void recorded(TaskId task) {}

                @Override
                public void dropped(TaskId task) {}

                @Override
                public void waits(String queue) {}

                @Override
                public void placed(int node, String queue, int bucket) {}

                @Override
                public void assigned(int node, TaskId task) {}

                @Override
                public void left(TaskId task) {}

                @Override
                public void followed(TaskId task, TaskId next) {}

                @Override
                public void heard(String word) {}

                @Override
                public void beat(int node, boolean look) {}
            };
}
