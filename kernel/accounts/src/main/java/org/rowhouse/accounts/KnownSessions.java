package org.rowhouse.accounts;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.NamedSql;

/**
 * The sessions that a node has asked about lately, so that a request costs no statement.
 *
 * <p>Invariant: what is believed was good {@link AccountBounds#FRESH} ago, or {@link
 * AccountBounds#BELIEVED} ago while no database answers, and has not reached its end; a change of
 * accounts or sessions empties it by {@link #forget}. Requests that ask about the same session at
 * the same time share one statement. Safe for all threads.
 */
final class KnownSessions {
    private static final NamedSql FIND = AccountTables.load("find-session");
    private static final Duration FOREVER = Duration.ofMinutes(5);

    private final AccountTables tables;
    private final LongSupplier clockNs;
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    private final Map<Asking, CompletableFuture<Known>> asking = new ConcurrentHashMap<>();
    private final AtomicLong generation = new AtomicLong();
    private volatile long silentUntilNs;

    /** A question that is under way. */
    private record Asking(String hash, boolean used) {}

    /**
     * A session that was good at some moment, and the moment when it ends.
     *
     * @param used whether the database was told then that it is used
     */
    private record Known(Caller caller, long askedNs, long endsNs, boolean used) {
        boolean youngerThan(Duration age, long nowNs) {
            return nowNs - askedNs < age.toNanos() && nowNs - endsNs < 0;
        }
    }

    /**
     * @param clockNs as {@link System#nanoTime}
     */
    KnownSessions(AccountTables tables, LongSupplier clockNs) {
        this.tables = tables;
        this.clockNs = clockNs;
        this.silentUntilNs = clockNs.getAsLong();
    }

    void forget() {
        generation.incrementAndGet();
        known.clear();
        asking.clear();
    }

    /**
     * @param used whether this is a use of the session, which keeps it from lying idle
     */
    Caller find(String hash, String address, boolean used) {
        long nowNs = clockNs.getAsLong();
        Known before = known.get(hash);
        if (before != null
                && (before.used || !used)
                && before.youngerThan(AccountBounds.FRESH, nowNs)) {
            return before.caller.at(address);
        }
        boolean believed = before != null && before.youngerThan(AccountBounds.BELIEVED, nowNs);
        if (before != null && believed && nowNs - silentUntilNs < 0) {
            return before.caller.at(address);
        }
        try {
            Asking question = new Asking(hash, used);
            return ask(question, believed ? AccountBounds.ASK_WAIT : FOREVER).caller.at(address);
        } catch (RowhouseException e) {
            if (before == null || !believed || !e.code().surroundings()) {
                throw e;
            }
            silentUntilNs = clockNs.getAsLong() + AccountBounds.FRESH.toNanos();
            return before.caller.at(address);
        }
    }

    /**
     * Asks the database, and goes on doing so behind the caller's back if that takes longer.
     *
     * @throws RowhouseException UNAUTHORIZED; an error of the database, also when it is slow
     */
    private Known ask(Asking question, Duration wait) {
        CompletableFuture<Known> fresh = new CompletableFuture<>();
        CompletableFuture<Known> answer = asking.putIfAbsent(question, fresh);
        if (answer == null) {
            answer = fresh;
            Thread.ofVirtual().name("session").start(() -> answer(question, fresh));
        }
        try {
            return answer.get(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | CompletionException e) {
            if (e.getCause() instanceof RowhouseException told) {
                throw new RowhouseException(told.code(), String.valueOf(told.getMessage()), told);
            }
            throw new IllegalStateException("a session could not be looked up", e.getCause());
        } catch (TimeoutException e) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_UNAVAILABLE,
                    "The database does not answer: check that the server runs.",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.STOPPING, "The node is stopping: ask again later.", e);
        }
    }

    private void answer(Asking question, CompletableFuture<Known> answer) {
        long asOf = generation.get();
        try {
            Known found = look(question);
            if (generation.get() == asOf) {
                if (known.size() >= AccountBounds.REMEMBERED_MAX) {
                    known.clear();
                }
                known.put(question.hash, found);
                if (generation.get() != asOf) { // forgotten between the look and the put
                    known.remove(question.hash, found);
                }
            }
            asking.remove(question, answer);
            answer.complete(found);
        } catch (RuntimeException | Error e) {
            asking.remove(question, answer);
            if (e instanceof RowhouseException told && told.code() == ErrorCode.UNAUTHORIZED) {
                known.remove(question.hash);
            }
            answer.completeExceptionally(e);
        }
    }

    private Known look(Asking question) {
        long askedNs = clockNs.getAsLong();
        Map<String, ?> values =
                Map.of(
                        "hash",
                        question.hash,
                        "idle_ms",
                        AccountBounds.SESSION_IDLE.toMillis(),
                        "used",
                        question.used);
        Known found =
                tables.<@Nullable Known>with(connection ->
                        FIND.first(
                                connection,
                                values,
                                row -> {
                                    String trouble = row.getString("trouble");
                                    if (trouble != null) {
                                        throw over(trouble, row.getString("ended_by"));
                                    }
                                    return new Known(
                                            new Caller(
                                                    row.getString("name"),
                                                    Role.of(row.getString("role")),
                                                    Caller.Via.SESSION,
                                                    "",
                                                    row.getString("account"),
                                                    row.getLong("number"),
                                                    NamedSql.instant(row, "expires_at")),
                                            askedNs,
                                            askedNs
                                                    + TimeUnit.MILLISECONDS.toNanos(
                                                            row.getLong("left_ms")),
                                            question.used);
                                }));
        if (found == null) {
            throw new RowhouseException(
                    ErrorCode.UNAUTHORIZED, "There is no such session: log in again.");
        }
        return found;
    }

    private static RowhouseException over(String trouble, @Nullable String by) {
        return new RowhouseException(
                ErrorCode.UNAUTHORIZED,
                switch (trouble) {
                            case "ended" -> "The session was ended by '" + by + "'";
                            case "disabled" -> "The account of this session is disabled or gone";
                            case "unused" ->
                                    "The session was not used for "
                                            + AccountBounds.SESSION_IDLE.toHours()
                                            + " hours and has ended";
                            default -> "The session has expired";
                        }
                        + ": log in again.");
    }
}
