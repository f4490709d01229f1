package org.rowhouse.tasks;

/**
 * Interrupts a thread when its time has passed, but never after it has come to the end: a late
 * interrupt would hit what the thread does next.
 *
 * <p>Thread: the limited one, and that of the alarm.
 */
final class TimeLimit {
    private final Thread thread;
    private boolean passed;
    private boolean ended;

    TimeLimit(Thread thread) {
        this.thread = thread;
    }

    /** The time has passed. */
    synchronized void pass() {
        if (!ended) {
            passed = true;
            thread.interrupt();
        }
    }

    /**
     * The thread has come to the end; takes an interrupt back. Says whether it was too late.
     * Harmless when repeated.
     */
    synchronized boolean end() {
        if (passed && !ended) {
            Thread.interrupted();
        }
        ended = true;
        return passed;
    }
}
