package org.rowhouse.rules.seeds.cli;

/** Violates: only known mains are started. */
public final class SecondMain {
    private SecondMain() {}

    public static void main(String[] arguments) {}
}
