package org.rowhouse.scheduler;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Ready work that waits for a place, by class of need, priority and age.
 *
 * <p>Every class has a line of tasks for each priority, and a {@link HierarchicalBitmap} of the
 * priorities whose line is not empty. A line is a chain of chunks in which tasks lie one after
 * another, so that picking and adding read and write memory in sequence: with a million tasks in
 * the lines a processor still finds the next one in its cache, since it has read ahead. Between
 * classes, a tournament over their first tasks gives the best: its depth is log2 of the number of
 * classes, whatever the number of tasks.
 *
 * <pre>
 *                     best of all classes                      tournament
 *                    /                   \
 *        class 0: 7, 17:03           class 1: 5, 16:58         priority and age of the first task
 *        priorities {7, 0}           priorities {5}            bitmap
 *        7: [task task task ] -> [task ...                     line, in chunks
 *        0: [task task ...
 * </pre>
 *
 * <p>Tried and dropped: one heap of all tasks (at a million, each step down is a cache miss: 400 ns
 * and more), and linked nodes (a miss for each task).
 *
 * <p>A task is known here by the 128 bits of its id. One that is cancelled while it is ready is not
 * looked for: whoever picks it finds that it is not ready any more.
 *
 * <p>Purpose: the order in which ready tasks are placed. Tables: none; the rows of tasks are the
 * truth. Invariants: a class's leaf in the tournament holds the key of its first task, or {@link
 * #NOTHING} when it has none or is held; a bit of a class is set if and only if that line has a
 * task. Thread: one. Failure: it is thrown away and filled again from the tasks' rows.
 */
public final class ReadyWork {
    private static final int PRIORITIES =
            SchedulerBounds.PRIORITY_MAX - SchedulerBounds.PRIORITY_MIN + 1;
    private static final int PAGE_BITS = 6;
    private static final int AGE_BITS = 52;
    private static final long NOTHING = Long.MAX_VALUE;

    private @Nullable Rows[] classes = new Rows[16];

    /** A complete binary tree: 1 is the root, the leaf of class c is {@link #leaves} + c. */
    private long[] tournament = filled(32);

    private int leaves = 16;
    private long count;
    private final Line.Pool pool = new Line.Pool();

    private long highBits;
    private long lowBits;
    private int priority;
    private long age;

    /** The lines of one class, by priority: the highest has number 0. */
    private static final class Rows {
        final HierarchicalBitmap waiting = new HierarchicalBitmap(PRIORITIES);
        final @Nullable Line[][] pages = new Line[(PRIORITIES >> PAGE_BITS) + 1][];
        long count;
        boolean held;

        /** The line it used last: most work has one priority. */
        int lastNumber = -1;

        @Nullable Line last;

        Line line(int number) {
            Line line = last;
            if (number == lastNumber && line != null) {
                return line;
            }
            @Nullable Line[] page = pages[number >> PAGE_BITS];
            if (page == null) {
                page = new Line[1 << PAGE_BITS];
                pages[number >> PAGE_BITS] = page;
            }
            line = page[number & (1 << PAGE_BITS) - 1];
            if (line == null) {
                line = new Line();
                page[number & (1 << PAGE_BITS) - 1] = line;
            }
            lastNumber = number;
            last = line;
            return line;
        }
    }

    /**
     * Adds a task at the end of its line.
     *
     * @param needs its class of need, from {@link Fleet#intern}
     * @param priority higher goes first, -1000 to 1000
     * @param age when it became ready, in any unit that grows: the lower goes first between
     *     classes; 0 to 2^52 - 1
     * @param high the high half of its id
     * @param low the low half of its id
     */
    public void add(int needs, int priority, long age, long high, long low) {
        Rows rows = rows(needs);
        int number = check(priority, age);
        Line line = rows.line(number);
        boolean first = line.isEmpty();
        line.addLast(age, high, low, pool);
        added(needs, rows, number, first);
    }

    /** Adds a task at the front of its line: one whose placement was taken back. */
    public void addFirst(int needs, int priority, long age, long high, long low) {
        Rows rows = rows(needs);
        int number = check(priority, age);
        rows.line(number).addFirst(age, high, low, pool);
        added(needs, rows, number, true);
    }

    private void added(int needs, Rows rows, int number, boolean first) {
        count++;
        rows.count++;
        if (first) {
            rows.waiting.set(number);
            if (!rows.held) {
                seat(needs, keyOfFirst(rows));
            }
        }
    }

    /** The class whose first task is the best of all that are not held, or -1. */
    public int first() {
        long key = tournament[1];
        if (key == NOTHING) {
            return -1;
        }
        int at = 1;
        while (at < leaves) {
            at <<= 1;
            if (tournament[at] != key) {
                at++;
            }
        }
        return at - leaves;
    }

    /**
     * Looks at the first task of a class, which {@link #highBits}, {@link #lowBits}, {@link
     * #priority} and {@link #age} then tell; false if it has none.
     */
    public boolean peek(int needs) {
        Rows rows = rows(needs);
        int number = rows.waiting.first();
        if (number < 0) {
            return false;
        }
        Line line = rows.line(number);
        age = line.firstAge();
        highBits = line.firstHigh();
        lowBits = line.firstLow();
        priority = SchedulerBounds.PRIORITY_MAX - number;
        return true;
    }

    /** Takes the first task of a class, which must have one; it is told as by {@link #peek}. */
    public void take(int needs) {
        if (!peek(needs)) {
            throw new IllegalStateException("class " + needs + " has no ready task");
        }
        Rows rows = rows(needs);
        int number = SchedulerBounds.PRIORITY_MAX - priority;
        Line line = rows.line(number);
        line.removeFirst(pool);
        if (line.isEmpty()) {
            rows.waiting.clear(number);
        }
        count--;
        rows.count--;
        if (!rows.held) {
            seat(needs, keyOfFirst(rows));
        }
    }

    /** Passes a class over until {@link #letGo}: none of its tasks fits anywhere. */
    public void hold(int needs) {
        rows(needs).held = true;
        seat(needs, NOTHING);
    }

    /** Lets a held class take part again; harmless if it is not held. */
    public void letGo(int needs) {
        Rows rows = rows(needs);
        if (rows.held) {
            rows.held = false;
            seat(needs, keyOfFirst(rows));
        }
    }

    /** Lets all classes take part again. */
    public void letAllGo() {
        for (int needs = 0; needs < classes.length; needs++) {
            Rows rows = classes[needs];
            if (rows != null && rows.held) {
                letGo(needs);
            }
        }
    }

    /** The high half of the id of the task taken or looked at last. */
    public long highBits() {
        return highBits;
    }

    /** The low half of the id of the task taken or looked at last. */
    public long lowBits() {
        return lowBits;
    }

    /** The priority of the task taken or looked at last. */
    public int priority() {
        return priority;
    }

    /** The age of the task taken or looked at last. */
    public long age() {
        return age;
    }

    /** How many tasks wait, those of held classes included. */
    public long size() {
        return count;
    }

    /** How many tasks of a class wait. */
    public long size(int needs) {
        Rows rows = needs < classes.length ? classes[needs] : null;
        return rows == null ? 0 : rows.count;
    }

    private static int check(int priority, long age) {
        if (priority < SchedulerBounds.PRIORITY_MIN
                || priority > SchedulerBounds.PRIORITY_MAX
                || age < 0
                || age >>> AGE_BITS != 0) {
            throw new IllegalArgumentException("priority " + priority + ", age " + age);
        }
        return SchedulerBounds.PRIORITY_MAX - priority;
    }

    private static long keyOfFirst(Rows rows) {
        int number = rows.waiting.first();
        return number < 0 ? NOTHING : (long) number << AGE_BITS | rows.line(number).firstAge();
    }

    private void seat(int needs, long key) {
        int at = leaves + needs;
        tournament[at] = key;
        while (at > 1) {
            long best = Math.min(tournament[at], tournament[at ^ 1]);
            at >>= 1;
            tournament[at] = best;
        }
    }

    private Rows rows(int needs) {
        if (needs >= classes.length) {
            grow(needs);
        }
        Rows rows = classes[needs];
        if (rows == null) {
            rows = new Rows();
            classes[needs] = rows;
        }
        return rows;
    }

    private void grow(int needs) {
        if (needs >= SchedulerBounds.NEEDS_MAX) {
            throw new IllegalArgumentException("class " + needs);
        }
        int larger = Math.max(2 * classes.length, Integer.highestOneBit(needs) << 1);
        long[] grown = filled(2 * larger);
        classes = Arrays.copyOf(classes, larger);
        System.arraycopy(tournament, leaves, grown, larger, leaves);
        leaves = larger;
        tournament = grown;
        for (int at = larger - 1; at >= 1; at--) {
            grown[at] = Math.min(grown[2 * at], grown[2 * at + 1]);
        }
    }

    private static long[] filled(int length) {
        long[] keys = new long[length];
        Arrays.fill(keys, NOTHING);
        return keys;
    }
}
