package org.rowhouse.node;

import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Caller;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.grpc.Gate;
import org.rowhouse.grpc.GrpcDoor;

/** A node's door for gRPC: shut unless it is asked for, and open to those who may start tasks. */
final class OuterCalls implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(OuterCalls.class.getName());

    private final GrpcDoor door;
    private final String address;

    private OuterCalls(GrpcDoor door, String host) {
        this.door = door;
        this.address = host + ":" + door.port();
    }

    /**
     * Opens it, at the host where the API answers: by TLS, if that is not loopback.
     *
     * @return null if nobody has asked for it
     * @throws RowhouseException ADDRESS_UNAVAILABLE
     */
    static @Nullable OuterCalls open(Rowhouse rowhouse, NodeOptions options) {
        if (options.grpc() == null) {
            return null;
        }
        String host = options.listen().getHostString();
        InetSocketAddress listen = InetSocketAddress.createUnresolved(host, options.grpc());
        OuterCalls opened =
                new OuterCalls(
                        new GrpcDoor(
                                listen,
                                rowhouse.outside(),
                                gate(rowhouse),
                                options.outerHost() == null
                                        ? null
                                        : rowhouse.trust().serverContext()),
                        host);
        LOG.log(Level.INFO, "programs that speak gRPC are answered at {0}", opened.address);
        return opened;
    }

    /** By the same tokens and roles as the API. */
    static Gate gate(Rowhouse rowhouse) {
        Guard guard =
                new Guard(
                        Token.readOrCreate(rowhouse.home().token()),
                        rowhouse.accounts().sessions(),
                        List.of());
        return (authorization, address) -> {
            Caller caller = guard.caller(authorization, "grpc", address);
            if (!caller.role().atLeast(Role.OPERATOR)) {
                throw new RowhouseException(
                        ErrorCode.FORBIDDEN,
                        "Calling components needs the role operator, and '"
                                + caller.name()
                                + "' is "
                                + caller.role().withArticle()
                                + ": ask an admin.");
            }
        };
    }

    /** Host and port. */
    String address() {
        return address;
    }

    @Override
    public void close() {
        door.close();
    }
}
