package org.rowhouse.tasks;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.jspecify.annotations.Nullable;

/**
 * The carriers of this JVM: the platform threads that run all its virtual threads, by default as
 * many as it has processors. A virtual thread that computes without a pause keeps its carrier; each
 * node asks for as many more as its tasks keep.
 *
 * <p>Thread: any; the scheduler is one for the whole JVM, so the wishes of several nodes in it are
 * added up.
 */
final class Carriers {
    private static final VirtualThreadSchedulerMXBean SCHEDULER =
            ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    private static final int USUAL = SCHEDULER.getParallelism();
    private static final int MAX = Math.max(USUAL, poolMax());
    private static final int NUDGES = 4;
    private static final Map<Object, Integer> EXTRA = new HashMap<>();

    private Carriers() {}

    /** What the JVM itself allows; its documented default, unless the property says otherwise. */
    private static int poolMax() {
        return Math.min(
                TaskBounds.CARRIERS_MAX,
                Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256));
    }

    /** How many there are without anyone's wish. */
    static int usual() {
        return USUAL;
    }

    /** How many there are now. */
    static int now() {
        return SCHEDULER.getParallelism();
    }

    /** True when no more can be had. */
    static boolean exhausted() {
        return now() >= MAX;
    }

    /** Has {@code extra} more carriers than usual on behalf of {@code who}, if there are any. */
    static synchronized void want(Object who, int extra) {
        if (extra == 0) {
            EXTRA.remove(who);
        } else {
            EXTRA.put(who, extra);
        }
        int all = EXTRA.values().stream().mapToInt(Integer::intValue).sum();
        SCHEDULER.setParallelism(Math.min(MAX, USUAL + all));
        nudge();
    }

    /** True when the pool has not made all those that it may. */
    static boolean lacking() {
        return SCHEDULER.getPoolSize() < now();
    }

    /**
     * Has the pool make those that it may. It only does when a virtual thread comes into one of its
     * queues that is empty, and which queue that is depends on the platform thread that it comes
     * from: hence new ones, until one of them meets an empty queue.
     */
    static void nudge() {
        for (int i = 0; i < NUDGES; i++) {
            Thread.ofPlatform()
                    .name("rowhouse-nudge")
                    .daemon(true)
                    .start(() -> Thread.startVirtualThread(() -> {}));
        }
    }

    /**
     * The carrier that runs this virtual thread now; null if none does. The JDK tells it nowhere
     * but in the thread's text: {@code VirtualThread[#23,name]/runnable@carrier}.
     */
    static @Nullable String of(Thread thread) {
        String text = thread.toString();
        int at = text.indexOf('@', text.lastIndexOf("]/") + 1);
        return at < 0 ? null : text.substring(at + 1);
    }
}
