package org.rowhouse.rules.seeds.tasks;

/** Violates: only clients write to the terminal. */
public final class Prints {
    private Prints() {}

    static void print() {
        System.out.println("seen");
    }
}
