package org.rowhouse.store;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files and settings that make an embedded server answer other machines, by TLS only. */
final class ServerTlsFiles {
    /** The role that the roles of joined nodes are members of; nobody else is. */
    static final String PEERS = "rowhouse_peer";

    private ServerTlsFiles() {}

    /** The files in the data folder, by name. */
    static Map<String, String> texts(@Nullable ServerTls tls) {
        Map<String, String> files = new LinkedHashMap<>();
        if (tls != null) {
            files.put("tls.crt", tls.certificate());
            files.put("tls.key", tls.key());
            files.put("tls.ca", tls.authority());
            files.put("tls.crl", tls.revoked());
        }
        return files;
    }

    /** The settings that differ from those of a server for this machine alone. */
    static Map<String, String> settings(ServerTls tls) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("listen_addresses", tls.everywhere() ? "*" : "127.0.0.1, " + tls.listen());
        values.put("max_connections", "300"); // 40 for each of some nodes
        values.put("ssl", "on");
        values.put("ssl_cert_file", "tls.crt");
        values.put("ssl_key_file", "tls.key");
        values.put("ssl_ca_file", "tls.ca");
        values.put("ssl_crl_file", "tls.crl");
        values.put("ssl_min_protocol_version", "TLSv1.3"); // every peer is a Rowhouse
        return values;
    }

    /**
     * Who may come: a joined node by its certificate, whose common name is the name of its role.
     * The reject keeps such a role from the lines for this machine, which ask for a password.
     */
    static String hostBasedAuthentication() {
        return """
        hostssl rowhouse +%1$s all cert
        host all +%1$s all reject
        """
                .formatted(PEERS);
    }
}
