package org.rowhouse.node;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;
import tools.jackson.core.JacksonException;

/**
 * Where the node of a home answers, as {@code node.json} in the home says. The file proves nothing
 * (the node may have been killed): ask the address.
 *
 * @param address the HTTP API's address, such as {@code http://127.0.0.1:41234}
 * @param outer its address for other machines, by TLS; null if it answers this one only
 * @param pid the node's process id
 * @param supervisor the process id of what starts it again when it dies; null if nothing does
 * @param version version of Rowhouse that it runs
 * @param startedAt when it came up, by its machine's clock
 * @param grpc host and port for programs that speak gRPC; null if there is no such door
 */
public record NodeFile(
        String address,
        @Nullable String outer,
        long pid,
        @Nullable Long supervisor,
        String version,
        Instant startedAt,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String grpc) {
    private static final int PORT_MAX = 65_535;

    /**
     * Refuses what is no address, so that a spoilt file is like none.
     *
     * @throws IllegalArgumentException if it is not a URI with a host and a port
     */
    public NodeFile {
        URI uri = URI.create(address);
        if (uri.getHost() == null || uri.getPort() <= 0 || uri.getPort() > PORT_MAX) {
            throw new IllegalArgumentException("no node answers at " + address);
        }
    }

    /** The file's name in a home. */
    public static final String NAME = "node.json";

    /** What the file in {@code home} says; null if there is none or it cannot be understood. */
    public static @Nullable NodeFile read(Home home) {
        try {
            return Json.MAPPER.readValue(Files.readAllBytes(file(home)), NodeFile.class);
        } catch (NoSuchFileException | JacksonException e) {
            return null;
        } catch (IOException e) {
            throw unusable(home, e);
        }
    }

    /** Says in {@code home} that a node in this process answers at {@code address}. */
    public static NodeFile publish(Home home, String address, @Nullable Long supervisor) {
        return publish(home, address, null, supervisor);
    }

    /** The same for a node that answers other machines too, at {@code outer}. */
    public static NodeFile publish(
            Home home, String address, @Nullable String outer, @Nullable Long supervisor) {
        return publish(home, address, outer, supervisor, null);
    }

    /** The same for a node with a door for gRPC. */
    static NodeFile publish(
            Home home,
            String address,
            @Nullable String outer,
            @Nullable Long supervisor,
            @Nullable String grpc) {
        NodeFile file =
                new NodeFile(
                        address,
                        outer,
                        ProcessHandle.current().pid(),
                        supervisor,
                        Rowhouse.version(),
                        Instant.now(),
                        grpc);
        file.write(home);
        return file;
    }

    /** Takes back what {@link #publish} said, unless another process has written since. */
    public static void withdraw(Home home) {
        NodeFile file = read(home);
        if (file != null && file.pid == ProcessHandle.current().pid()) {
            try {
                Files.deleteIfExists(file(home));
            } catch (IOException e) {
                throw unusable(home, e);
            }
        }
    }

    /** Writes it, so that a reader finds the old or the new one but never a part. */
    private void write(Home home) {
        Path fresh = home.path().resolve(NAME + "." + pid);
        try {
            Files.write(fresh, Json.bytes(this));
            Files.move(
                    fresh,
                    file(home),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw unusable(home, e);
        }
    }

    private static Path file(Home home) {
        return home.path().resolve(NAME);
    }

    private static RowhouseException unusable(Home home, IOException cause) {
        return new RowhouseException(
                ErrorCode.HOME_UNUSABLE,
                "The file "
                        + file(home)
                        + " cannot be used ("
                        + cause.getMessage()
                        + "): check its rights.",
                cause);
    }
}
