package org.rowhouse.scheduler;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that fit one class of need, by score: finds the highest score and, among nodes of that
 * score, the first by rank, without looking at the others.
 *
 * <p>Scores of policies are whole numbers as a rule (percents, steps, counts). Each such score is a
 * level, and each level a {@link HierarchicalBitmap} of the ranks that have it; one more bitmap has
 * the levels that are not empty, the highest first. A decision is two finds; a changed node leaves
 * one level and enters another:
 *
 * <pre>
 *   levels not empty   [..0000100000010000..]        first: the highest score
 *                             |
 *   ranks of a level   [001000000100100000..]        first: the first node by name
 * </pre>
 *
 * <p>Scores that are not whole, or far from zero, have no level. At the first of these the class
 * changes to a tournament over ranks ({@link Tree}): the same answers, in log2(nodes) steps for a
 * change and for a decision.
 *
 * <p>Tried and dropped: a sorted set of (score, rank), whose nodes are spread over memory: 300 ns
 * for each change, and garbage.
 *
 * <p>Purpose: decisions in the time of the changes since the last one. Tables: none. Invariant: a
 * rank is in the level of its score, or in none if its node does not fit. Thread: one. Failure: it
 * is made anew.
 */
final class CandidateIndex {
    private static final int LEVELS = SchedulerBounds.LEVELS;
    private static final int ZERO_LEVEL = LEVELS / 2;

    /** No level: the node does not fit. */
    private static final int NONE = LEVELS;

    /** No level for an epoch: the node could not serve the class if it were all free. */
    private static final int EXCLUDED = LEVELS + 1;

    private static final int LEVEL_BITS = 16;
    private static final int LEVEL_MASK = (1 << LEVEL_BITS) - 1;

    private final int nodes;

    /**
     * By rank: the level in the low half (the lowest is the highest score), and in the high half
     * the devices of the best candidate, a bit each.
     */
    private final int[] cells;

    private final @Nullable HierarchicalBitmap[] members = new HierarchicalBitmap[LEVELS];
    private final int[] memberCounts = new int[LEVELS];
    private final HierarchicalBitmap filled = new HierarchicalBitmap(LEVELS);
    private @Nullable Tree tree;

    CandidateIndex(int nodes) {
        this.nodes = nodes;
        this.cells = new int[nodes];
        Arrays.fill(cells, NONE);
    }

    /** Leaves a node out until the next epoch. */
    void exclude(int rank) {
        cells[rank] = EXCLUDED;
    }

    boolean isExcluded(int rank) {
        return cells[rank] == EXCLUDED;
    }

    /** The devices of the best candidate on a node that fits, a bit each. */
    int devices(int rank) {
        return cells[rank] >>> LEVEL_BITS;
    }

    /** Gives a node a score, which its candidate with these devices has. */
    void put(int rank, double score, int devices) {
        Tree scores = tree;
        if (scores == null) {
            int whole = (int) score;
            int level = ZERO_LEVEL - whole;
            if (whole == score && level >= 0 && level < LEVELS) {
                move(rank, level, devices);
                return;
            }
            scores = Tree.of(this);
            tree = scores;
        }
        scores.put(rank, score);
        cells[rank] = devices << LEVEL_BITS | NONE;
    }

    /** Takes a node out: it does not fit. */
    void remove(int rank) {
        if (tree == null) {
            move(rank, NONE, 0);
        } else {
            tree.put(rank, Tree.NONE);
        }
    }

    private void move(int rank, int level, int devices) {
        int before = cells[rank] & LEVEL_MASK;
        cells[rank] = devices << LEVEL_BITS | level;
        if (before == level) {
            return;
        }
        if (before != NONE) {
            HierarchicalBitmap left = members[before];
            if (left != null) {
                left.clear(rank);
            }
            if (--memberCounts[before] == 0) {
                filled.clear(before);
            }
        }
        if (level != NONE) {
            HierarchicalBitmap entered = members[level];
            if (entered == null) {
                entered = new HierarchicalBitmap(nodes);
                members[level] = entered;
            }
            entered.set(rank);
            if (memberCounts[level]++ == 0) {
                filled.set(level);
            }
        }
    }

    /**
     * The rank of the first node of those with the highest score, or -1 if none fits.
     *
     * @param turn the rank from which they are counted, round to the one before it; scores without
     *     levels count from 0
     */
    int first(int turn) {
        if (tree != null) {
            return tree.first();
        }
        int level = filled.first();
        HierarchicalBitmap ranks = level < 0 ? null : members[level];
        if (ranks == null) {
            return -1;
        }
        int next = turn > 0 && turn < nodes ? ranks.next(turn) : -1;
        return next >= 0 ? next : ranks.first();
    }

    /** How many nodes have the score of level 0. */
    int countAtZero() {
        return memberCounts[ZERO_LEVEL];
    }

    /** The rank of one of these nodes, by its place among them from 0. */
    int selectAtZero(int place) {
        HierarchicalBitmap ranks = members[ZERO_LEVEL];
        return ranks == null ? -1 : ranks.select(place);
    }

    /** The next rank from {@code from} of those with the score of level 0, or -1. */
    int nextAtZero(int from) {
        HierarchicalBitmap ranks = members[ZERO_LEVEL];
        return ranks == null ? -1 : ranks.next(from);
    }

    /** The score of a node that fits. */
    double score(int rank) {
        return tree == null ? ZERO_LEVEL - (cells[rank] & LEVEL_MASK) : tree.score(rank);
    }

    /**
     * A tournament: a complete binary tree in which each inner node has the higher child's score.
     */
    private static final class Tree {
        static final double NONE = Double.NEGATIVE_INFINITY;

        private final int leaves;
        private final double[] scores;

        private Tree(int nodes) {
            leaves = Math.max(2, Integer.highestOneBit(Math.max(1, nodes - 1)) << 1);
            scores = new double[2 * leaves];
            Arrays.fill(scores, NONE);
        }

        static Tree of(CandidateIndex index) {
            Tree tree = new Tree(index.nodes);
            for (int rank = 0; rank < index.nodes; rank++) {
                int level = index.cells[rank] & LEVEL_MASK;
                if (level < LEVELS) {
                    tree.scores[tree.leaves + rank] = ZERO_LEVEL - level;
                }
            }
            for (int at = tree.leaves - 1; at >= 1; at--) {
                tree.scores[at] = Math.max(tree.scores[2 * at], tree.scores[2 * at + 1]);
            }
            return tree;
        }

        void put(int rank, double score) {
            int at = leaves + rank;
            // Zero has one sign here: the tournament compares bits of the left child.
            scores[at] = score + 0.0;
            while (at > 1) {
                double best = Math.max(scores[at], scores[at ^ 1]);
                at >>= 1;
                scores[at] = best;
            }
        }

        int first() {
            double best = scores[1];
            if (best == NONE) {
                return -1;
            }
            int at = 1;
            while (at < leaves) {
                at <<= 1;
                if (scores[at] != best) {
                    at++;
                }
            }
            return at - leaves;
        }

        double score(int rank) {
            return scores[leaves + rank];
        }
    }
}
