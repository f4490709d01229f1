package org.rowhouse.messages;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Signals;

/**
 * Tells receivers that something came: those that wait on this node, workflows that were put aside,
 * and by signal those of other nodes. Never blocks.
 */
final class Desk {
    private static final String MAIL = "mail";
    private static final String TASK = "task ";

    private final Kernel kernel;
    private final Signals signals;
    private final Arrivals arrivals = new Arrivals();
    private final Set<TaskId> posting = ConcurrentHashMap.newKeySet();
    private volatile Consumer<TaskId> wake = _ -> {};
    private volatile int node;

    Desk(Kernel kernel, Signals signals) {
        this.kernel = kernel;
        this.signals = signals;
    }

    Arrivals arrivals() {
        return arrivals;
    }

    void onWake(Consumer<TaskId> action) {
        wake = action;
    }

    void born(int number) {
        node = number;
    }

    /** The life of this node; 0 before it has begun. */
    int node() {
        return node;
    }

    void wake(TaskId task) {
        wake.accept(task);
    }

    /** Something came into a mailbox, durably. */
    void came(String mailbox) {
        boolean here = arrivals.tell(mailbox);
        if (here) {
            return;
        }
        if (mailbox.startsWith(TASK)) {
            wake.accept(TaskId.parse(mailbox.substring(TASK.length())));
        } else {
            signals.say(MAIL, mailbox);
        }
    }

    /** The workflow runs on that node: it is told there. */
    void arrivedAt(int other, TaskId task) {
        String mailbox = Names.ofTask(task);
        if (!arrivals.tell(mailbox) && other != node) {
            signals.say(MAIL, mailbox);
        }
    }

    /** A signal named these mailboxes. */
    void heard(String word) {
        if (word.startsWith(MAIL + " ")) {
            for (String mailbox : word.substring(MAIL.length() + 1).split(",")) {
                arrivals.tell(mailbox);
            }
        }
    }

    /** A step of this task is about to post a notice. */
    void posting(TaskId task) {
        posting.add(task);
    }

    /** Whether it was: once. */
    boolean posted(TaskId task) {
        return posting.remove(task);
    }

    /** Wakes those who wait for notices of a workflow. */
    void tellWatchers(TaskId task) {
        arrivals.tell(notices(task));
        CompletableFuture<List<MailCalls.Watcher>> told =
                kernel.submit(
                        MailCalls.WATCHERS, new MailCalls.Posted(task.bucket(), task.value()));
        var _ =
                told.whenComplete((watchers, error) -> {
                    if (watchers != null) {
                        watchers.forEach(each -> came(Names.ofTask(each.watcher())));
                    }
                });
        signals.say(MAIL, notices(task));
    }

    /** What those who are no workflows wait for. */
    static String notices(TaskId task) {
        return "notices " + task;
    }
}
