package org.rowhouse.node;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.Gate;

/**
 * Lets devices and edge nodes in, by their tokens.
 *
 * @param door what the audit calls it
 * @param isNode whether a name is a node's: nodes have rights by theirs, and a door of their own
 * @param sealed whether the transport itself proves the name by the token, as datagrams do
 */
record DeviceGate(DeviceKeys keys, String door, Predicate<String> isNode, boolean sealed)
        implements Gate {
    @Override
    public byte @Nullable [] key(String name) {
        return isNode.test(name) ? null : keys.key(name);
    }

    @Override
    public @Nullable String admit(String shown, String name) {
        return sealed ? shown : null;
    }

    @Override
    public @Nullable String refusal(String peer) {
        return keys.refusal(peer);
    }

    @Override
    public void refused(String name, String where, String why) {
        keys.noteRefused(door, name, where.replaceFirst(":[0-9]+( by UDP)?$", ""), why);
    }
}
