package org.rowhouse.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Who may connect to a listener. Safe for use by many threads; must not block for long. */
public interface Gate {
    /**
     * The key by which a peer without a certificate proves who it is.
     *
     * @param name who it claims to be; may be empty
     * @return the SHA-256 of its token, 32 bytes; null if there is no such peer
     */
    byte @Nullable [] key(String name);

    /**
     * Whether a peer is let in that its transport has shown: by a certificate that the TLS context
     * trusts, or as a process of the same user on this machine.
     *
     * @param shown the certificate's common name; of a process: {@code user:NAME}
     * @param name who it says to be in HELLO
     * @return who it is to be to the services: {@code shown}, or {@code name} if that is good
     *     enough; null to refuse it
     */
    default @Nullable String admit(String shown, String name) {
        return shown;
    }

    /**
     * Why a peer that has proved who it is may not connect all the same, as a sentence for it; null
     * if it may.
     */
    default @Nullable String refusal(String peer) {
        return null;
    }

    /**
     * A peer was refused: its name or token was wrong, or {@link #refusal} said so. Must not block.
     *
     * @param name who it claimed to be
     * @param where it came from
     * @param why the sentence that it was told
     */
    default void refused(String name, String where, String why) {}

    /** One token for all; each peer is who it says it is. */
    static Gate token(String token) {
        byte[] key = keyOf(token);
        return _ -> key.clone();
    }

    /** Nobody by token; only who shows a certificate, or runs as the same user. */
    static Gate shownOnly() {
        return _ -> null;
    }

    /** The key that belongs to a token. */
    static byte[] keyOf(String token) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
