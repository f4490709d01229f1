package org.rowhouse.benchmarks;

import org.rowhouse.api.Serves;

/** What programs outside call through a door. */
public interface Echo {
    /** Gives back what it was given. */
    Text say(Text text);

    /** Some characters. */
    record Text(String text) {}

    /** The component that serves it. */
    @Serves(Echo.class)
    final class Parrot implements Echo {
        @Override
        public Text say(Text text) {
            return text;
        }
    }
}
