package org.rowhouse.accounts;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Hashes of passwords: Argon2id (RFC 9106) with the parameters that OWASP asks for, written as a
 * PHC string, which carries them along. A few at one time, since each takes 19 MiB and a core.
 *
 * <p>Safe for all threads. Blocks while others hash.
 */
public final class Passwords {
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final Pattern PHC =
            Pattern.compile(
                    "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d)"
                            + "\\$([A-Za-z0-9+/]{11,88})\\$([A-Za-z0-9+/]{16,88})");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Semaphore hashing = new Semaphore(AccountBounds.HASHES_MAX, true);

    /** Compared with when there is no such account, so that this takes as long as a wrong one. */
    private final Supplier<String> nobodys = new Lazy();

    private static final class Lazy implements Supplier<String> {
        private volatile @Nullable String made;

        @Override
        public String get() {
            String known = made;
            if (known == null) {
                known = write(random(SALT_BYTES), Secrets.create(""));
                made = known;
            }
            return known;
        }
    }

    /**
     * The hash of a new password, as tables keep it.
     *
     * @throws RowhouseException INVALID_ARGUMENT if it is too short or too long; OVERLOADED if too
     *     many wait
     */
    public String hash(String password) {
        require(password);
        return inTurn(() -> write(random(SALT_BYTES), password));
    }

    private static void require(String password) {
        if (password.codePointCount(0, password.length()) < AccountBounds.PASSWORD_LENGTH_MIN) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A password has at least "
                            + AccountBounds.PASSWORD_LENGTH_MIN
                            + " characters: take some words that nobody else would put together.");
        }
        if (tooLong(password)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A password has at most " + AccountBounds.PASSWORD_BYTES_MAX + " bytes.");
        }
    }

    private static boolean tooLong(String password) {
        return password.length() > AccountBounds.PASSWORD_BYTES_MAX
                || bytes(password).length > AccountBounds.PASSWORD_BYTES_MAX;
    }

    /**
     * Whether {@code password} is the one that {@code recorded} was made of. Takes as long when
     * {@code recorded} is null, and is false then.
     *
     * @throws RowhouseException OVERLOADED if too many wait
     */
    boolean matches(String password, @Nullable String recorded) {
        return matching(password, () -> recorded) != null;
    }

    /**
     * The recorded hash, if {@code password} is the one that it was made of; else null. Takes as
     * long when nothing is recorded.
     *
     * @param recorded gives the hash or null; called when it is this password's turn to be hashed,
     *     and not at all if that never comes or the password is too long
     * @throws RowhouseException OVERLOADED if too many wait; what {@code recorded} throws
     */
    @Nullable String matching(String password, Supplier<@Nullable String> recorded) {
        if (tooLong(password)) {
            return null; // told apart by its time, which tells nothing but its length
        }
        return this.<@Nullable String>inTurn(() -> {
            String hash = recorded.get();
            boolean same = isOf(password, hash == null ? nobodys.get() : hash);
            return same ? hash : null;
        });
    }

    private static boolean isOf(String password, String hash) {
        Matcher parts = PHC.matcher(hash);
        if (!parts.matches()) {
            return false;
        }
        int memory = Integer.parseInt(parts.group(1));
        int passes = Integer.parseInt(parts.group(2));
        int lanes = Integer.parseInt(parts.group(3));
        if (lanes < 1
                || passes < 1
                || passes > AccountBounds.HASH_PASSES_MAX
                || memory < 8 * lanes
                || memory > AccountBounds.HASH_MEMORY_KIB_MAX) {
            return false;
        }
        byte[] expected = Base64.getDecoder().decode(parts.group(5));
        byte[] actual =
                derive(
                        password,
                        Base64.getDecoder().decode(parts.group(4)),
                        memory,
                        passes,
                        lanes,
                        expected.length);
        return MessageDigest.isEqual(expected, actual);
    }

    private <T extends @Nullable Object> T inTurn(Supplier<T> work) {
        boolean turn = false;
        try {
            turn =
                    hashing.getQueueLength() < AccountBounds.HASHES_WAITING_MAX
                            && hashing.tryAcquire(
                                    AccountBounds.HASH_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            if (!turn) {
                throw new RowhouseException(
                        ErrorCode.OVERLOADED,
                        "Too many log in at the same time: try again in a minute.");
            }
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.STOPPING, "The node is stopping: ask again later.", e);
        } finally {
            if (turn) {
                hashing.release();
            }
        }
    }

    private static String write(byte[] salt, String password) {
        byte[] hash =
                derive(
                        password,
                        salt,
                        AccountBounds.HASH_MEMORY_KIB,
                        AccountBounds.HASH_PASSES,
                        1,
                        HASH_BYTES);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m="
                + AccountBounds.HASH_MEMORY_KIB
                + ",t="
                + AccountBounds.HASH_PASSES
                + ",p=1$"
                + base64.encodeToString(salt)
                + "$"
                + base64.encodeToString(hash);
    }

    private static byte[] derive(
            String password, byte[] salt, int memoryKib, int passes, int lanes, int lengthBytes) {
        Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
        argon2.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withMemoryAsKB(memoryKib)
                        .withIterations(passes)
                        .withParallelism(lanes)
                        .withSalt(salt)
                        .build());
        byte[] secret = bytes(password);
        byte[] hash = new byte[lengthBytes];
        argon2.generateBytes(secret, hash);
        Arrays.fill(secret, (byte) 0);
        return hash;
    }

    /** The same bytes for the same characters, however a keyboard composes them. */
    private static byte[] bytes(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFC).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] random(int length) {
        byte[] random = new byte[length];
        RANDOM.nextBytes(random);
        return random;
    }
}
