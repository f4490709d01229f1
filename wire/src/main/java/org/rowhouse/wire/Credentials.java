package org.rowhouse.wire;

import org.jspecify.annotations.Nullable;

/**
 * Who a client says it is.
 *
 * @param name its name, at most 255 bytes; may be empty
 * @param token by which it proves that, and wants the server proven; null if the transport shows it
 *     (a certificate, or the user of a process on the same machine)
 */
public record Credentials(String name, @Nullable String token) {
    /** Shown by the transport alone. */
    public static Credentials shown(String name) {
        return new Credentials(name, null);
    }

    @Override
    public String toString() {
        return "Credentials[name=" + name + "]";
    }
}
