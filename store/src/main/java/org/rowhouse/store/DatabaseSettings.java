package org.rowhouse.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Which database a node uses.
 *
 * @param server the server to use; {@code null}: an embedded one in the node's home
 * @param patience how long {@link Database#connect} goes on trying while the server does not answer
 * @param cache where the embedded server's programs are unpacked, once for all homes; {@code null}:
 *     the user's cache folder
 * @param tls with which the embedded server answers other machines too; {@code null}: it answers
 *     this machine only
 */
public record DatabaseSettings(
        @Nullable ServerAddress server,
        Duration patience,
        @Nullable Path cache,
        @Nullable ServerTls tls) {
    /** Names the server when no option does. */
    public static final String VARIABLE = "ROWHOUSE_DATABASE";

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    public DatabaseSettings {
        if (patience.isNegative()) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The database's patience is negative: give zero or a longer time.");
        }
    }

    /** An embedded server in the node's home. */
    public static DatabaseSettings embedded() {
        return new DatabaseSettings(null, PATIENCE, null, null);
    }

    /**
     * The server at {@code url}, as {@link ServerAddress#parse} reads it.
     *
     * @throws RowhouseException INVALID_ARGUMENT if the URL cannot be read
     */
    public static DatabaseSettings server(String url, Map<String, String> environment) {
        return new DatabaseSettings(ServerAddress.parse(url, environment), PATIENCE, null, null);
    }

    /**
     * What a command means: {@code option} (of {@code --database}) if given, else the variable
     * {@value #VARIABLE} of {@code environment}, else an embedded server.
     *
     * @throws RowhouseException INVALID_ARGUMENT if the URL cannot be read
     */
    public static DatabaseSettings resolve(
            @Nullable String option, Map<String, String> environment) {
        String url = option != null ? option : environment.getOrDefault(VARIABLE, "");
        return option == null && url.isBlank() ? embedded() : server(url, environment);
    }

    public DatabaseSettings withPatience(Duration time) {
        return new DatabaseSettings(server, time, cache, tls);
    }

    public DatabaseSettings withCache(Path folder) {
        return new DatabaseSettings(server, patience, folder, tls);
    }

    /** The same; an embedded server answers other machines too. */
    public DatabaseSettings withTls(@Nullable ServerTls tls) {
        return new DatabaseSettings(server, patience, cache, tls);
    }
}
