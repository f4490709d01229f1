package org.rowhouse.trust;

import java.util.HexFormat;
import java.util.regex.Pattern;

/** What a node's name becomes where not every name will do. */
final class NodeNames {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,47}");
    private static final int KEPT = 39;
    private static final int DIGITS = 8;

    private NodeNames() {}

    /**
     * The name of the role that the node logs in by, which is its certificate's common name too: at
     * most 63 bytes, PostgreSQL's limit. Begins with {@code node-}, so that it can be no role that
     * means something else.
     */
    static String role(String node) {
        if (PLAIN.matcher(node).matches()) {
            return "node-" + node;
        }
        String plain = node.replaceAll("[^A-Za-z0-9._-]+", "-").replaceFirst("^[._-]+", "");
        String hash = HexFormat.of().formatHex(Secrets.sha256(node)).substring(0, DIGITS);
        return "node-" + plain.substring(0, Math.min(KEPT, plain.length())) + "-" + hash;
    }
}
