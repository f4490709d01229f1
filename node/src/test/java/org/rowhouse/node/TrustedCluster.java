package org.rowhouse.node;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.trust.AuthorityService;

/** Nodes in this process, each with a home and a loopback address of its own, that trust by TLS. */
final class TrustedCluster implements AutoCloseable {
    private final Deque<Member> open = new ArrayDeque<>();

    /** A node with its API. */
    record Member(Rowhouse rowhouse, HttpApi api) implements AutoCloseable {
        Home home() {
            return rowhouse.home();
        }

        /** The port of its API for other machines. */
        int port() {
            return java.net.URI.create(api.outerAddress()).getPort();
        }

        /** A token for one more node. */
        String token() {
            return rowhouse.trust()
                    .authority()
                    .createToken(port(), AuthorityService.tokenLife(), "test")
                    .text();
        }

        @Override
        public void close() {
            api.close();
            rowhouse.close();
        }
    }

    static Rowhouse.Options options(Path home, String name, String host) {
        return Rowhouse.Options.of(home).name(name).listen(host);
    }

    /** Opens a node that answers at {@code host}; null for this machine only. */
    Member up(Path home, String name, String host) {
        return up(home, name, host, Clock.systemUTC());
    }

    Member up(Path home, String name, String host, Clock clock) {
        Rowhouse rowhouse = Rowhouse.open(options(home, name, host), clock);
        rowhouse.register(new Echoes());
        try {
            HttpApi api =
                    HttpApi.start(
                            rowhouse,
                            InetSocketAddress.createUnresolved(
                                    host == null ? "127.0.0.1" : host, 0),
                            new CountDownLatch(1)::countDown);
            Member member = new Member(rowhouse, api);
            open.push(member);
            return member;
        } catch (RuntimeException e) {
            rowhouse.close();
            throw e;
        }
    }

    /** Lets a new home join the cluster of {@code first} and opens it. */
    Member join(Member first, Path home, String name, String host) {
        Rowhouse.join(options(home, name, host), first.token());
        return up(home, name, host);
    }

    /** Stops one before the others. */
    void down(Member member) {
        open.remove(member);
        member.close();
    }

    /** The database of a home, as any program that is given its address opens it. */
    static Database database(Path home, String url) {
        return Database.open(Home.at(home), DatabaseSettings.server(url, java.util.Map.of()));
    }

    @Override
    public void close() {
        open.forEach(Member::close);
    }
}
