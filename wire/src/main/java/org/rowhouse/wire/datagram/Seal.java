package org.rowhouse.wire.datagram;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts packets and proves who sent them: ChaCha20-Poly1305 (RFC 8439) under keys that HKDF (RFC
 * 5869) makes of a secret that both sides know and of what each chose at random. The packet's
 * number is the nonce, so it is never used twice, and a packet that comes again is known by it.
 */
final class Seal {
    /** Bytes that sealing adds. */
    static final int TAG_BYTES = 16;

    private final SecretKey mine;
    private final SecretKey theirs;

    private Seal(SecretKey mine, SecretKey theirs) {
        this.mine = mine;
        this.theirs = theirs;
    }

    /** Keys of one stream; {@code client} says which side this is. */
    static Seal of(byte[] secret, byte[] clientNonce, byte[] serverNonce, boolean client) {
        byte[] salt = Arrays.copyOf(clientNonce, clientNonce.length + serverNonce.length);
        System.arraycopy(serverNonce, 0, salt, clientNonce.length, serverNonce.length);
        SecretKey up = derived(secret, salt, "rowhouse datagrams to server");
        SecretKey down = derived(secret, salt, "rowhouse datagrams to client");
        return client ? new Seal(up, down) : new Seal(down, up);
    }

    private static SecretKey derived(byte[] secret, byte[] salt, String purpose) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            "ChaCha20",
                            HKDFParameterSpec.ofExtract()
                                    .addSalt(salt)
                                    .addIKM(secret)
                                    .thenExpand(
                                            purpose.getBytes(
                                                    java.nio.charset.StandardCharsets.US_ASCII),
                                            32));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HKDF", e);
        }
    }

    /**
     * Seals what lies between position and limit of {@code body} behind the header in {@code out}.
     */
    void seal(long number, ByteBuffer header, ByteBuffer body, ByteBuffer out) {
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, mine, number, header);
            cipher.doFinal(body, out);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a packet could not be sealed", e);
        }
    }

    /** The body of a packet; null if it is not from the peer, or was changed on the way. */
    @Nullable ByteBuffer open(long number, ByteBuffer header, ByteBuffer sealed) {
        if (sealed.remaining() < TAG_BYTES) {
            return null;
        }
        try {
            ByteBuffer body = ByteBuffer.allocate(sealed.remaining() - TAG_BYTES);
            cipher(Cipher.DECRYPT_MODE, theirs, number, header).doFinal(sealed, body);
            return body.flip();
        } catch (AEADBadTagException e) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a packet could not be opened", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, long number, ByteBuffer header)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        byte[] nonce = new byte[12];
        ByteBuffer.wrap(nonce).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(4, number);
        cipher.init(mode, key, new IvParameterSpec(nonce));
        cipher.updateAAD(header);
        return cipher;
    }

    /** Proof of a secret over some bytes: the first 16 of HMAC-SHA256. */
    static byte[] proof(byte[] secret, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return Arrays.copyOf(mac.doFinal(), 16);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** Whether two proofs are the same; takes as long if they are not. */
    static boolean same(byte[] one, byte[] other) {
        return MessageDigest.isEqual(one, other);
    }
}
