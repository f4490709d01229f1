package org.rowhouse.support;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A primary and its synchronous standby, each behind a network of its own that can be disturbed.
 * They replicate past those networks. One can take over from the other, again and again.
 */
final class ServerPair implements AutoCloseable {
    private final Path folder;
    private final FaultProxy[] networks = new FaultProxy[2];
    private final RealServer[] servers = new RealServer[2];
    private int primary;
    private int made;

    private ServerPair(Path folder) {
        this.folder = folder;
    }

    /** A pair with an empty database {@code rowhouse}, owned by an ordinary user of that name. */
    static ServerPair start(DebianPostgres programs, Path folder) throws Exception {
        ServerPair pair = new ServerPair(folder);
        try {
            pair.servers[0] =
                    RealServer.create(programs, folder, pair.newName(), RealServer.freePort());
            pair.servers[0].run(
                    "create role rowhouse login", "create database rowhouse owner rowhouse");
            pair.rebuild(RealServer.freePort());
            for (int i = 0; i < 2; i++) {
                pair.networks[i] = FaultProxy.before(pair.servers[i].address());
            }
            return pair;
        } catch (Exception e) {
            pair.close();
            throw e;
        }
    }

    private String newName() {
        return "server-" + ++made;
    }

    /** The address of the database, with both servers in it. */
    String url() {
        return List.of(networks).stream()
                .map(network -> hostAndPort(network.address()))
                .collect(
                        Collectors.joining(
                                ",",
                                "postgresql://rowhouse@",
                                "/rowhouse?target_session_attrs=read-write"));
    }

    private static String hostAndPort(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    RealServer primary() {
        return servers[primary];
    }

    /** What lies between the nodes and the primary. */
    FaultProxy network() {
        return networks[primary];
    }

    /**
     * The standby becomes the primary, whatever the old one does; returns when it takes changes.
     */
    void failOver() throws SQLException {
        servers[1 - primary].promote();
        primary = 1 - primary;
    }

    /** The standby dies: from now on commits wait. */
    void killStandby() {
        servers[1 - primary].kill();
    }

    /** What was the primary dies, if it lives, and is made anew as the standby of the new one. */
    void rebuild() throws Exception {
        RealServer old = servers[1 - primary];
        old.close();
        rebuild(old.port());
        networks[1 - primary].heal();
        networks[1 - primary].reset();
    }

    private void rebuild(int port) throws Exception {
        servers[1 - primary] = RealServer.follow(primary(), folder, newName(), port);
        primary().waitForStandby();
    }

    @Override
    public void close() throws IOException {
        List<AutoCloseable> all = new ArrayList<>();
        all.addAll(java.util.Arrays.asList(networks));
        all.addAll(java.util.Arrays.asList(servers));
        for (AutoCloseable each : all) {
            try (each) {
                // closed here, if there is one
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
