package org.rowhouse.scheduler;

import java.util.Arrays;

/**
 * What is free on each node, by slot: 128 bytes a node, in one array. Of these the first 64 have
 * all that a decision reads of a node with up to eight devices, so that one about ten thousand
 * nodes touches one line of the processor's cache for each node that changed.
 *
 * <pre>
 *   word  0..9    cores left, memory left, devices left, free devices, devices, tasks, kinds of
 *                 request, whether devices are mixed, cores, memory
 *   word 10..13   what is left of the first eight devices, 16 bits each
 *   word 14..15   their kinds, 8 bits each
 *   word 16..21   the same of the other eight
 *   word 22..30   tasks by kind of request, 16 bits each
 * </pre>
 *
 * <p>One thread.
 */
final class NodeStates {
    private static final int WORDS = 32;

    /**
     * A large array begins 16 bytes into a line of the cache: the first node begins with the next.
     */
    private static final int FIRST = 12;

    private static final int CORES_LEFT = FIRST;
    private static final int MEMORY_LEFT = FIRST + 1;
    private static final int DEVICES_LEFT = FIRST + 2;
    private static final int DEVICES_FREE = FIRST + 3;
    private static final int DEVICES = FIRST + 4;
    private static final int TASKS = FIRST + 5;
    private static final int REQUEST_KINDS = FIRST + 6;
    private static final int MIXED = FIRST + 7;
    private static final int CORES = FIRST + 8;
    private static final int MEMORY = FIRST + 9;
    private static final int LEFT = FIRST + 10;
    private static final int KIND = FIRST + 14;
    private static final int HELD = FIRST + 22;

    /** From the words of the first eight devices to those of the others. */
    private static final int OTHER_EIGHT = 6;

    private int[] words = new int[FIRST + 16 * WORDS];

    /** Makes room for a slot and empties it. */
    void clear(int slot) {
        int from = FIRST + slot * WORDS;
        if (from + WORDS > words.length) {
            words = Arrays.copyOf(words, FIRST + 2 * (slot + 1) * WORDS);
        }
        Arrays.fill(words, from, from + WORDS, 0);
    }

    /** Sets what a node has of cores and memory; what is taken stays taken. */
    void equip(int slot, int cores, int memory) {
        int at = slot * WORDS;
        words[at + CORES_LEFT] += cores - words[at + CORES];
        words[at + MEMORY_LEFT] += memory - words[at + MEMORY];
        words[at + CORES] = cores;
        words[at + MEMORY] = memory;
    }

    /** Sets the devices of a node by kind; those that it had before keep what is left of them. */
    void equip(int slot, int[] kinds) {
        int at = slot * WORDS;
        int before = words[at + DEVICES];
        int sum = 0;
        int free = 0;
        long bits = 0;
        for (int device = 0; device < kinds.length; device++) {
            int shift = (device & 3) << 3;
            int word = kindWord(slot, device);
            words[word] = (words[word] & ~(0xff << shift)) | kinds[device] << shift;
            bits |= 1L << kinds[device];
            if (device >= before) {
                left(slot, device, Needs.WHOLE_MILLI);
            }
            int left = left(slot, device);
            sum += left;
            free += left == Needs.WHOLE_MILLI ? 1 : 0;
        }
        words[at + DEVICES] = kinds.length;
        words[at + DEVICES_LEFT] = sum;
        words[at + DEVICES_FREE] = free;
        words[at + MIXED] = Long.bitCount(bits) > 1 ? 1 : 0;
    }

    /** Takes cores and memory for a task with a kind of request. */
    void take(int slot, int cores, int memory, int requestKind) {
        int at = slot * WORDS;
        words[at + CORES_LEFT] -= cores;
        words[at + MEMORY_LEFT] -= memory;
        words[at + TASKS]++;
        hold(at, requestKind, 1);
    }

    /** Gives them back; never more than the node has. */
    void giveBack(int slot, int cores, int memory, int requestKind) {
        int at = slot * WORDS;
        words[at + CORES_LEFT] = Math.min(words[at + CORES_LEFT] + cores, words[at + CORES]);
        // Two of the largest amounts of memory together are more than an int holds.
        words[at + MEMORY_LEFT] =
                (int) Math.min((long) words[at + MEMORY_LEFT] + memory, words[at + MEMORY]);
        words[at + TASKS] = Math.max(0, words[at + TASKS] - 1);
        hold(at, requestKind, -1);
    }

    private void hold(int at, int requestKind, int more) {
        if (requestKind > 0) {
            int word = at + HELD + (requestKind >> 1);
            int shift = (requestKind & 1) << 4;
            int before = words[word] >>> shift & 0xffff;
            int after = Math.max(0, before + more);
            words[word] = (words[word] & ~(0xffff << shift)) | after << shift;
            words[at + REQUEST_KINDS] += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
        }
    }

    /** Takes a part of a device, or gives it back if it is negative. */
    void use(int slot, int device, int milli) {
        int at = slot * WORDS;
        int before = left(slot, device);
        int after = before - milli;
        left(slot, device, after);
        words[at + DEVICES_LEFT] -= milli;
        words[at + DEVICES_FREE] +=
                (after == Needs.WHOLE_MILLI ? 1 : 0) - (before == Needs.WHOLE_MILLI ? 1 : 0);
    }

    private void left(int slot, int device, int milli) {
        int word = leftWord(slot, device);
        int shift = (device & 1) << 4;
        words[word] = (words[word] & ~(0xffff << shift)) | milli << shift;
    }

    /** What is left of a device, in thousandths. */
    int left(int slot, int device) {
        return words[leftWord(slot, device)] >>> ((device & 1) << 4) & 0xffff;
    }

    int kind(int slot, int device) {
        return words[kindWord(slot, device)] >>> ((device & 3) << 3) & 0xff;
    }

    private static int leftWord(int slot, int device) {
        return slot * WORDS + LEFT + (device >> 3) * OTHER_EIGHT + (device >> 1 & 3);
    }

    private static int kindWord(int slot, int device) {
        return slot * WORDS + KIND + (device >> 3) * OTHER_EIGHT + (device >> 2 & 1);
    }

    /** How many tasks with a kind of request a node holds. */
    int held(int slot, int requestKind) {
        return words[slot * WORDS + HELD + (requestKind >> 1)] >>> ((requestKind & 1) << 4)
                & 0xffff;
    }

    int coresLeft(int slot) {
        return words[slot * WORDS + CORES_LEFT];
    }

    int memoryLeft(int slot) {
        return words[slot * WORDS + MEMORY_LEFT];
    }

    int cores(int slot) {
        return words[slot * WORDS + CORES];
    }

    int memory(int slot) {
        return words[slot * WORDS + MEMORY];
    }

    /** What is left of all devices together, in thousandths. */
    int devicesLeft(int slot) {
        return words[slot * WORDS + DEVICES_LEFT];
    }

    int devicesFree(int slot) {
        return words[slot * WORDS + DEVICES_FREE];
    }

    int devices(int slot) {
        return words[slot * WORDS + DEVICES];
    }

    int tasks(int slot) {
        return words[slot * WORDS + TASKS];
    }

    /** How many kinds of request for devices there are among the tasks of a node. */
    int requestKinds(int slot) {
        return words[slot * WORDS + REQUEST_KINDS];
    }

    /** Whether the devices of a node are of more than one kind. */
    boolean mixed(int slot) {
        return words[slot * WORDS + MIXED] != 0;
    }
}
