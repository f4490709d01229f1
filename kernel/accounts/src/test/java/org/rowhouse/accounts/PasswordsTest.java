package org.rowhouse.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class PasswordsTest {
    private final Passwords passwords = new Passwords();

    @Test
    void aPasswordMatchesItsOwnHashAndNoOther() {
        String hash = passwords.hash("correct horse battery");
        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain("horse");
        assertThat(passwords.matches("correct horse battery", hash)).isTrue();
        assertThat(passwords.matches("correct horse batterz", hash)).isFalse();
        assertThat(passwords.matches("", hash)).isFalse();
        assertThat(passwords.hash("correct horse battery")).as("another salt").isNotEqualTo(hash);
    }

    /** From the tests of Argon2's reference implementation. */
    @Test
    void aHashOfAnotherProgramIsRead() {
        String known =
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                        + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assertThat(passwords.matches("password", known)).isTrue();
        assertThat(passwords.matches("passwore", known)).isFalse();
    }

    @Test
    void charactersCountHoweverTheyAreComposed() {
        String hash = passwords.hash("na\u00efve caf\u00e9 de la gare");
        assertThat(passwords.matches("nai\u0308ve cafe\u0301 de la gare", hash)).isTrue();
    }

    @Test
    void nobodyHasNoPassword() {
        assertThat(passwords.matches("correct horse battery", null)).isFalse();
    }

    @Test
    void tooShortAndTooLongPasswordsAreRefused() {
        assertThatThrownBy(() -> passwords.hash("elevenchars"))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("at least 12 characters")
                .hasMessageNotContaining("elevenchars");
        assertThatThrownBy(() -> passwords.hash("\u00e9".repeat(600)))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("1024 bytes");
        assertThat(passwords.hash("p".repeat(1_024))).isNotEmpty();
        assertThat(passwords.matches("p".repeat(10_000_000), null)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "$2b$12$abcdefghijklmnopqrstuv",
                "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
                "$argon2id$v=19$m=19456,t=999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
                "$argon2id$v=19$m=1,t=1,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
            })
    void whatIsNoFairHashMatchesNothing(String recorded) {
        assertThat(passwords.matches("correct horse battery", recorded)).isFalse();
    }

    @Test
    void ofManyLoginsAtOnceSomeWaitAndTheRestAreSentAway() {
        int many = 20 + AccountBounds.HASHES_WAITING_MAX + AccountBounds.HASHES_MAX;
        try (ExecutorService threads = Executors.newFixedThreadPool(many)) {
            List<CompletableFuture<Object>> answers =
                    IntStream.range(0, many)
                            .mapToObj(_ -> CompletableFuture.supplyAsync(this::outcome, threads))
                            .toList();
            List<Object> outcomes = answers.stream().map(CompletableFuture::join).toList();
            assertThat(outcomes).containsOnly(false, ErrorCode.OVERLOADED);
            assertThat(outcomes.stream().filter(Boolean.FALSE::equals))
                    .hasSizeGreaterThanOrEqualTo(AccountBounds.HASHES_MAX);
        }
    }

    private Object outcome() {
        try {
            return passwords.matches("correct horse battery", null);
        } catch (RowhouseException e) {
            return e.code();
        }
    }
}
