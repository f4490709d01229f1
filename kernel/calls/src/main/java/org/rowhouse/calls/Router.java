package org.rowhouse.calls;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.spi.Serving;
import org.rowhouse.wire.LostException;

/**
 * Chooses who serves a call, and tries others when one fails.
 *
 * <p>This node first, if it serves the interface. Else two of the nodes that do, drawn by what they
 * have free, and of these the one with fewer calls of this node under way. If nobody serves it,
 * this node loads the component. A call goes another way only if it is idempotent or was certainly
 * not seen. Safe for use by many threads.
 */
final class Router {
    /** So that a node without a free core is drawn now and then. */
    private static final int LEAST_WEIGHT = 100;

    private final ServedHere here;
    private final Directory directory;
    private final Serving serving;
    private final Links links;
    private final Breakers breakers;
    private final LocalCall local;
    private final RemoteCall remote;
    private final IntSupplier self;

    Router(
            ServedHere here,
            Directory directory,
            Serving serving,
            Links links,
            Breakers breakers,
            Deadlines deadlines,
            IntSupplier self) {
        this.here = here;
        this.directory = directory;
        this.serving = serving;
        this.links = links;
        this.breakers = breakers;
        this.local = new LocalCall(deadlines);
        this.remote = new RemoteCall(links, deadlines);
        this.self = self;
    }

    /** One that can serve: here, or on another node. */
    private record Target(ServedHere.@Nullable Entry entry, @Nullable Instance instance, int node) {
        String component() {
            return entry != null ? entry.served().component() : instance().component();
        }

        @Override
        public Instance instance() {
            if (instance == null) {
                throw new IllegalStateException("it is served here");
            }
            return instance;
        }
    }

    /**
     * Makes the call.
     *
     * @throws RowhouseException as {@link org.rowhouse.api.Components#of} says
     */
    @Nullable Object make(OneCall call) {
        Set<Integer> tried = new HashSet<>();
        RowhouseException last = null;
        for (int tries = 0; tries < CallBounds.TRIES_MAX; tries++) {
            if (call.leftNs() <= 0) {
                throw last != null ? last : Failures.timedOut(call.operation());
            }
            Target target = choose(call, tried);
            if (target == null) {
                break;
            }
            tried.add(target.node);
            call.traced().servedBy(target.component(), target.node);
            Breakers.Way way = new Breakers.Way(target.node, call.operation());
            try {
                Object result = go(call, target);
                breakers.succeeded(way);
                return result;
            } catch (RowhouseException e) {
                judge(call, way, e);
                if (!mayGoElsewhere(call, e)) {
                    throw told(e);
                }
                last = e;
                // Who is gone may be in the rows no more.
                directory.signal();
            }
        }
        throw last == null ? shut(call) : told(last);
    }

    private @Nullable Object go(OneCall call, Target target) {
        links.count(target.node, 1);
        try {
            return target.entry != null
                    ? local.make(call, target.entry)
                    : remote.make(call, target.instance());
        } finally {
            links.count(target.node, -1);
        }
    }

    /** Whether the way is to blame; a time-out that the caller has set is not the way's fault. */
    private void judge(OneCall call, Breakers.Way way, RowhouseException e) {
        boolean late = e.code() == ErrorCode.TIMED_OUT && !call.inherited();
        if (late || e.code().surroundings()) {
            breakers.failed(way, String.valueOf(e.getMessage()));
        } else if (e.code() != ErrorCode.TIMED_OUT && e.code() != ErrorCode.CANCELLED) {
            breakers.succeeded(way);
        }
    }

    private static boolean mayGoElsewhere(OneCall call, RowhouseException e) {
        if (e instanceof LostException lost && !lost.perhapsDone()) {
            return !call.shape().streams();
        }
        return call.shape().method().idempotent()
                && e.code().surroundings()
                && !call.shape().streams();
    }

    /** A lost connection is told as what it is to a caller, who knows of no wires. */
    private static RowhouseException told(RowhouseException e) {
        return e instanceof LostException
                ? new RowhouseException(e.code(), String.valueOf(e.getMessage()), e)
                : e;
    }

    private @Nullable Target choose(OneCall call, Set<Integer> tried) {
        List<Target> all = targets(call);
        if (all.isEmpty() && tried.isEmpty()) {
            all = lookedFor(call);
        }
        requireOneComponent(call, all);
        Target target = open(call, all, tried);
        if (target == null && all.stream().noneMatch(each -> each.entry != null)) {
            // Nobody else can: this node may be able to.
            serving.load(call.interfaceName());
            target = open(call, targets(call), tried);
        }
        return target;
    }

    /** One that has not been tried, and whose breaker lets the call go. */
    private @Nullable Target open(OneCall call, List<Target> targets, Set<Integer> tried) {
        List<Target> left = new ArrayList<>(targets);
        left.removeIf(target -> tried.contains(target.node));
        while (!left.isEmpty()) {
            Target target = drawn(left);
            if (breakers.admits(new Breakers.Way(target.node, call.operation()))) {
                return target;
            }
            left.remove(target);
        }
        return null;
    }

    /** Who serves the interface, in the current version, as far as this node knows. */
    private List<Target> targets(OneCall call) {
        List<Instance> rows = directory.instances(call.interfaceName());
        int node = self.getAsInt();
        List<Target> targets = new ArrayList<>();
        for (ServedHere.Entry entry : here.serving(call.interfaceName())) {
            String component = entry.served().component();
            if (wanted(call, component)
                    && !directory.withdrawn(component)
                    && isCurrent(entry, component, rows)) {
                targets.add(new Target(entry, null, node));
            }
        }
        for (Instance each : rows) {
            if (each.node() != node && wanted(call, each.component())) {
                targets.add(new Target(null, each, each.node()));
            }
        }
        return targets;
    }

    private static boolean wanted(OneCall call, String component) {
        return call.component() == null || call.component().equals(component);
    }

    /** Rows hold current versions only; without any the one that is loaded is good enough. */
    private static boolean isCurrent(
            ServedHere.Entry entry, String component, List<Instance> rows) {
        boolean known = false;
        for (Instance each : rows) {
            if (each.component().equals(component)) {
                known = true;
                if (each.version().equals(entry.served().version())) {
                    return true;
                }
            }
        }
        return !known;
    }

    /** Looks at the rows as they are now, and loads the component if nobody serves it. */
    private List<Target> lookedFor(OneCall call) {
        try {
            directory.fresh(call.deadlineNs());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failures.of(call.operation(), e);
        }
        List<Target> targets = targets(call);
        if (targets.isEmpty()) {
            serving.load(call.interfaceName());
            targets = targets(call);
        }
        if (targets.isEmpty()) {
            throw new RowhouseException(
                    ErrorCode.NOT_FOUND,
                    "No component"
                            + (call.component() == null ? "" : " '" + call.component() + "'")
                            + " serves "
                            + call.interfaceName()
                            + ": mark a class of one with @Serves and deploy it; `rowhouse"
                            + " interfaces` lists what is served.");
        }
        return targets;
    }

    private static void requireOneComponent(OneCall call, List<Target> targets) {
        Set<String> components = new TreeSet<>();
        targets.forEach(target -> components.add(target.component()));
        if (components.size() > 1) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "More than one component serves "
                            + call.interfaceName()
                            + ": name the one you mean, Components.of(..., \""
                            + components.iterator().next()
                            + "\"), of "
                            + String.join(", ", components)
                            + ".");
        }
    }

    private Target drawn(List<Target> targets) {
        Target first = targets.getFirst();
        if (first.entry != null || targets.size() == 1) {
            return first;
        }
        Target one = draw(targets);
        Target other = draw(targets);
        return links.underWay(one.node) <= links.underWay(other.node) ? one : other;
    }

    private static Target draw(List<Target> targets) {
        long sum = 0;
        for (Target each : targets) {
            sum += LEAST_WEIGHT + each.instance().freeMilli();
        }
        long drawn = ThreadLocalRandom.current().nextLong(sum);
        for (Target each : targets) {
            drawn -= LEAST_WEIGHT + each.instance().freeMilli();
            if (drawn < 0) {
                return each;
            }
        }
        return targets.getLast();
    }

    private static RowhouseException shut(OneCall call) {
        return new RowhouseException(
                ErrorCode.NODE_UNAVAILABLE,
                "Calls of "
                        + call.operation()
                        + " have failed lately on every node that serves it, so none is made for"
                        + " a moment; `rowhouse breakers` says why.");
    }
}
