package org.rowhouse.trust;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which cluster a home has joined, as {@code cluster.json} in it says.
 *
 * @param api the node with the authority, {@code https://HOST:PORT}
 * @param node this node's name there
 * @param role by which it logs in to the database
 * @param host where the database answers
 * @param port the same; null if the cluster uses a server of its own
 * @param database its name
 */
record Membership(
        @JsonProperty("api") String api,
        @JsonProperty("node") String node,
        @JsonProperty("role") String role,
        @JsonProperty("host") String host,
        @JsonProperty("port") @Nullable Integer port,
        @JsonProperty("database") @Nullable String database) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The one in these files; null if the home has joined none. */
    static @Nullable Membership read(TrustFiles files) {
        String text = files.read(TrustFiles.CLUSTER);
        try {
            return text == null ? null : JSON.readValue(text, Membership.class);
        } catch (JacksonException e) {
            throw new org.rowhouse.api.RowhouseException(
                    org.rowhouse.api.ErrorCode.HOME_UNUSABLE,
                    "The file "
                            + files.path(TrustFiles.CLUSTER)
                            + " is damaged: put back a copy of it, or move the folder away and join"
                            + " anew.",
                    e);
        }
    }

    void write(TrustFiles files) {
        files.write(TrustFiles.CLUSTER, JSON.writeValueAsString(this));
    }

    /** The database's address: by TLS, with the node's certificate instead of a password. */
    @Nullable String databaseUrl(TrustFiles files) {
        if (port == null || database == null) {
            return null;
        }
        return "postgresql://"
                + encode(role)
                + "@"
                + (host.contains(":") ? "[" + host + "]" : host)
                + ":"
                + port
                + "/"
                + encode(database)
                + "?sslmode=verify-full&sslrootcert="
                + encode(files.path(TrustFiles.AUTHORITY).toString())
                + "&sslcert="
                + encode(files.path(TrustFiles.NODE).toString())
                + "&sslkey="
                + encode(files.path(TrustFiles.NODE_KEY).toString());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
