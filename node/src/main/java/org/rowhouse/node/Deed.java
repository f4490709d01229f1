package org.rowhouse.node;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;

/**
 * What a call does to something, for the audit.
 *
 * @param kind what it is done to: queue, task, account ...
 * @param subjects names or ids
 * @param verdict what came of it, from the answer of the statement that did it
 */
record Deed(Call call, String kind, List<String> subjects, Function<String, Verdict> verdict) {
    /**
     * What came of it.
     *
     * @param after JSON of what was made; null: the things themselves as they are then
     * @param detail a sentence, or null
     */
    record Verdict(Audit.Outcome outcome, @Nullable String after, @Nullable String detail) {
        static final Verdict DONE = new Verdict(Audit.Outcome.DONE, null, null);

        /** It was left as it is, for this reason. */
        static Verdict failed(String why) {
            return new Verdict(Audit.Outcome.FAILED, null, why);
        }
    }

    /** What is done to the one thing that the path names, of the route's own kind. */
    static Deed of(Call call) {
        Audit.Action action = call.action();
        return new Deed(call, action.kind(), action.subjects(), _ -> Verdict.DONE);
    }

    /** What is done to things of this kind. */
    static Deed to(Call call, String kind, List<String> subjects) {
        return new Deed(call, kind, subjects, _ -> Verdict.DONE);
    }

    /** The same; the answer is what was made. */
    Deed making() {
        return judged(answer -> new Verdict(Audit.Outcome.DONE, answer, null));
    }

    /** The same, with another verdict. */
    Deed judged(Function<String, Verdict> other) {
        return new Deed(call, kind, subjects, other);
    }

    Audit.Action action() {
        return call.action(kind, subjects);
    }
}
