package org.rowhouse.node;

import org.rowhouse.api.Serves;

/** An interface that gives nothing. */
public interface Silence {
    void hush();

    /** Serves it. */
    @Serves(Silence.class)
    class Still implements Silence {
        @Override
        public void hush() {}
    }
}
