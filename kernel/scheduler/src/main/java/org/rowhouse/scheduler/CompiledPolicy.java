package org.rowhouse.scheduler;

import java.util.Set;

/**
 * A policy that runs in memory. It holds no state: any number of placers may use it, on any thread.
 */
public final class CompiledPolicy {
    private final Policy policy;
    private final PolicyTerms terms;
    private final boolean nodeFirst;
    private final boolean evenly;
    final Scorer scorer;

    CompiledPolicy(Policy policy, Scorer scorer, PolicyTerms terms) {
        this.policy = policy;
        this.scorer = scorer;
        this.terms = terms;
        this.nodeFirst = terms.choosesNodeFirst();
        this.evenly = terms.drawsEvenly();
    }

    /** The policy as it was written. */
    public Policy policy() {
        return policy;
    }

    /** Whether the same candidate may get another score the next time: it draws. */
    public boolean isVolatile() {
        return terms.isVolatile();
    }

    /** The columns of candidate that it reads. */
    public Set<Column> columns() {
        return Set.copyOf(terms.columns());
    }

    /** Whether it draws a node, with the same chance for each that fits. */
    boolean drawsEvenly() {
        return evenly;
    }

    /** Whether it takes any place where a task fits. */
    boolean admitsAll() {
        return terms.where() == null;
    }

    boolean hasPreference() {
        return terms.preference() != null;
    }

    /** Whether the node can be chosen before its devices are looked at. */
    boolean choosesNodeFirst() {
        return nodeFirst;
    }

    /** Whether devices of one kind with the same left may differ. */
    boolean tellsLikeDevicesApart() {
        return isVolatile() || terms.columns().contains(Column.DEVICE);
    }
}
