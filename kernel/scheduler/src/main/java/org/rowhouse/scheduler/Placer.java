package org.rowhouse.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a task goes: asks a compiled policy about the nodes that changed since this class
 * of need was last asked for, and takes the best from the class's index.
 *
 * <p>A policy that draws is asked about every node that fits, each time; but one whose score is the
 * draw itself, and nothing else, takes one of them at random.
 *
 * <p>Purpose: one decision in microseconds, whatever the number of nodes. Tables: none. Invariant:
 * after {@link #choose} the index of that class agrees with the fleet. Thread: the fleet's one.
 * Failure: what the policy throws is passed on; the index is made anew at the next decision.
 */
public final class Placer {
    private final Fleet fleet;
    private final SplittableRandom random;
    private final Candidate candidate;
    private final List<@Nullable ClassIndex> classes = new ArrayList<>();
    private CompiledPolicy policy;
    private Scorer scorer;
    private boolean takesTurns;
    private int turn;

    /** When a slot was last looked at while following the log, by {@link #rounds}. */
    private long[] lookedAt = new long[0];

    private long rounds;

    private int node;
    private int devices;
    private double score;

    // What rate() found.
    private double ratedScore;
    private int ratedDevices;

    /** What is known of the nodes for one class of need. */
    private static final class ClassIndex {
        final Ask ask;
        final CandidateIndex index;
        final int epoch;
        long followed;

        ClassIndex(Ask ask, int nodes, int epoch, long followed) {
            this.ask = ask;
            this.index = new CandidateIndex(Math.max(1, nodes));
            this.epoch = epoch;
            this.followed = followed;
        }
    }

    /**
     * A placer on a fleet.
     *
     * @param seed of what a policy draws
     */
    public Placer(Fleet fleet, CompiledPolicy policy, long seed) {
        this.fleet = fleet;
        this.policy = policy;
        this.scorer = policy.scorer;
        this.random = new SplittableRandom(seed);
        this.candidate = new Candidate(fleet, random);
    }

    /**
     * Nodes of equal score take turns from now on; without, the name decides, as it does in SQL.
     * Where tasks come and go all the time the first names would get more of them than the others.
     */
    Placer takingTurns() {
        takesTurns = true;
        return this;
    }

    /** Decides by another policy from now on. */
    public void use(CompiledPolicy policy) {
        this.policy = policy;
        this.scorer = policy.scorer;
        classes.clear();
    }

    /** The policy that decides. */
    public CompiledPolicy policy() {
        return policy;
    }

    /**
     * Looks for the best place for a task of a class; {@link #node} and {@link #devices} then tell
     * it. Nothing is taken from the fleet: that is {@link Fleet#place}.
     *
     * @param needs its class, from {@link Fleet#intern}
     * @return false if it fits nowhere, or the policy admits no place
     * @throws org.rowhouse.api.RowhouseException INVALID_ARGUMENT if the policy fails while it runs
     */
    public boolean choose(int needs) {
        int epoch = fleet.epoch();
        while (classes.size() <= needs) {
            classes.add(null);
        }
        ClassIndex known = classes.get(needs);
        try {
            if (known == null
                    || known.epoch != epoch
                    || fleet.changeCount() - known.followed > SchedulerBounds.CHANGES_MAX) {
                known = survey(fleet.ask(needs), epoch);
                classes.set(needs, known);
            } else {
                follow(known);
            }
            if (!policy.isVolatile()) {
                return take(known);
            }
            if (policy.drawsEvenly()) {
                return drawEvenly(known);
            }
            return policy.choosesNodeFirst() ? drawNode(known) : draw(known);
        } catch (RuntimeException e) {
            classes.set(needs, null);
            throw e;
        }
    }

    /** The slot of the node that was chosen last. */
    public int node() {
        return node;
    }

    /** The devices that were chosen last, a bit each. */
    public int devices() {
        return devices;
    }

    /** The score of the choice. */
    public double score() {
        return score;
    }

    private ClassIndex survey(Ask ask, int epoch) {
        int[] ranked = fleet.ranked();
        ClassIndex made = new ClassIndex(ask, ranked.length, epoch, fleet.changeCount());
        for (int rank = 0; rank < ranked.length; rank++) {
            if (fleet.eligible(ask, ranked[rank])) {
                look(made, rank, ranked[rank]);
            } else {
                made.index.exclude(rank);
            }
        }
        return made;
    }

    private void follow(ClassIndex known) {
        long end = fleet.changeCount();
        if (known.followed == end) {
            return;
        }
        if (lookedAt.length < fleet.slotCount()) {
            lookedAt = new long[2 * fleet.slotCount()];
        }
        rounds++;
        for (long change = known.followed; change < end; change++) {
            int slot = fleet.change(change);
            if (lookedAt[slot] != rounds) {
                lookedAt[slot] = rounds;
                int rank = fleet.rank(slot);
                if (!known.index.isExcluded(rank)) {
                    look(known, rank, slot);
                }
            }
        }
        known.followed = end;
    }

    private void look(ClassIndex known, int rank, int slot) {
        Ask ask = known.ask;
        if (policy.isVolatile()) {
            if (fleet.fits(ask, slot)) {
                known.index.put(rank, 0, 0);
            } else {
                known.index.remove(rank);
            }
        } else if (fleet.fits(ask, slot) && rate(ask, slot)) {
            known.index.put(rank, ratedScore, ratedDevices);
        } else {
            known.index.remove(rank);
        }
    }

    private boolean take(ClassIndex known) {
        int rank = known.index.first(turn);
        if (rank < 0) {
            return false;
        }
        turn = takesTurns ? rank + 1 : 0;
        node = fleet.ranked()[rank];
        devices = known.index.devices(rank);
        score = known.index.score(rank);
        return true;
    }

    /** Draws once instead of once for each node. */
    private boolean drawEvenly(ClassIndex known) {
        int count = known.index.countAtZero();
        if (count == 0) {
            return false;
        }
        node = fleet.ranked()[known.index.selectAtZero(random.nextInt(count))];
        candidate.onNode(known.ask, node);
        // The highest of so many draws is distributed like this.
        candidate.drawn(Math.pow(random.nextDouble(), 1.0 / count));
        rateDevices(known.ask, node);
        devices = ratedDevices;
        score = ratedScore;
        return true;
    }

    private boolean draw(ClassIndex known) {
        int[] ranked = fleet.ranked();
        boolean found = false;
        for (int rank = known.index.nextAtZero(0);
                rank >= 0;
                rank = known.index.nextAtZero(rank + 1)) {
            if (rate(known.ask, ranked[rank]) && (!found || ratedScore > score)) {
                found = true;
                node = ranked[rank];
                devices = ratedDevices;
                score = ratedScore;
            }
        }
        return found;
    }

    /** The same where the devices of a node do not count for which node it is. */
    private boolean drawNode(ClassIndex known) {
        int[] ranked = fleet.ranked();
        boolean found = false;
        double best = 0;
        double bestDraw = 0;
        int bestSlot = -1;
        for (int rank = known.index.nextAtZero(0);
                rank >= 0;
                rank = known.index.nextAtZero(rank + 1)) {
            int slot = ranked[rank];
            candidate.onNode(known.ask, slot);
            double drawn = candidate.redraw();
            if (scorer.admits(candidate)) {
                double its = scorer.score(candidate);
                if (!found || its > best) {
                    found = true;
                    best = its;
                    bestDraw = drawn;
                    bestSlot = slot;
                }
            }
        }
        if (!found) {
            return false;
        }
        candidate.onNode(known.ask, bestSlot);
        candidate.drawn(bestDraw);
        rateDevices(known.ask, bestSlot);
        node = bestSlot;
        devices = ratedDevices;
        score = ratedScore;
        return true;
    }

    /** Finds the best candidate on a node where the class fits. */
    private boolean rate(Ask ask, int slot) {
        candidate.onNode(ask, slot);
        if (policy.isVolatile()) {
            candidate.redraw();
        }
        return rateDevices(ask, slot);
    }

    private boolean rateDevices(Ask ask, int slot) {
        if (ask.shares) {
            return rateShares(ask, slot);
        }
        ratedDevices = ask.devices == 0 ? 0 : fleet.wholeDevices(ask, slot);
        candidate.onDevices(ratedDevices);
        if (!scorer.admits(candidate)) {
            return false;
        }
        ratedScore = scorer.score(candidate);
        return true;
    }

    private boolean rateShares(Ask ask, int slot) {
        boolean apart = policy.tellsLikeDevicesApart();
        boolean prefers = policy.hasPreference();
        int count = fleet.states.devices(slot);
        int best = -1;
        double bestScore = 0;
        double bestPreference = 0;
        for (int device = 0; device < count; device++) {
            if (!fleet.serves(ask, slot, device) || (!apart && isLikeAnEarlierOne(slot, device))) {
                continue;
            }
            candidate.onDevices(1 << device);
            if (!scorer.admits(candidate)) {
                continue;
            }
            double its = scorer.score(candidate);
            if (best >= 0 && its < bestScore) {
                continue;
            }
            double preference = prefers ? scorer.preference(candidate) : 0;
            if (best < 0 || its > bestScore || preference > bestPreference) {
                best = device;
                bestScore = its;
                bestPreference = preference;
            }
        }
        ratedScore = bestScore;
        ratedDevices = 1 << best;
        return best >= 0;
    }

    /** A device of the same kind with the same left has the same columns, but for its number. */
    private boolean isLikeAnEarlierOne(int slot, int device) {
        NodeStates states = fleet.states;
        int left = states.left(slot, device);
        int kind = states.kind(slot, device);
        for (int earlier = 0; earlier < device; earlier++) {
            if (states.left(slot, earlier) == left && states.kind(slot, earlier) == kind) {
                return true;
            }
        }
        return false;
    }
}
