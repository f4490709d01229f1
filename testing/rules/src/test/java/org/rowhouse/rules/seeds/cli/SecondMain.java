package org.rowhouse.rules.seeds.cli;

/** Violates: only NodeMain and cli.Main are started. */
public final class SecondMain {
    private SecondMain() {}

    public static void main(String[] arguments) {}
}
