package org.rowhouse.calls;

import org.jspecify.annotations.Nullable;

/**
 * The name of an operation on the wire: {@code component/interface/method}, which means the current
 * version, or the same with {@code @mark}, which nodes use among each other: the forms of a version
 * never change, so what a connection has learnt of them stays true.
 *
 * @param mark of the version; null for the current one
 */
record OperationName(String component, String interfaceName, String method, @Nullable String mark) {
    /** Null if it is no such name. */
    static @Nullable OperationName parse(String text) {
        int first = text.indexOf('/');
        int last = text.lastIndexOf('/');
        if (first < 1 || last <= first + 1) {
            return null;
        }
        String method = text.substring(last + 1);
        int at = method.indexOf('@');
        return new OperationName(
                text.substring(0, first),
                text.substring(first + 1, last),
                at < 0 ? method : method.substring(0, at),
                at < 0 ? null : method.substring(at + 1));
    }

    /** What stands for a version: short, since names on the wire are. */
    static String mark(String version) {
        return Integer.toHexString(version.hashCode()) + Integer.toHexString(version.length());
    }

    @Override
    public String toString() {
        return component + "/" + interfaceName + "/" + method + (mark == null ? "" : "@" + mark);
    }
}
