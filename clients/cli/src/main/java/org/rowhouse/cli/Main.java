package org.rowhouse.cli;

/** The command line's entry. */
public final class Main {
    private Main() {}

    /** Prints the version, the only command so far. */
    public static void main(String[] arguments) {
        String version = Main.class.getPackage().getImplementationVersion();
        System.out.println("rowhouse " + (version == null ? "(not packaged)" : version));
    }
}
