package org.rowhouse.trust;

import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;

/** A cluster's first home with its database, which answers at an address of its own. */
record OneCluster(Home home, String host, Trust trust, Database database) implements AutoCloseable {
    static OneCluster up(Path folder, String host) {
        return up(folder, host, Clock.systemUTC());
    }

    static OneCluster up(Path folder, String host, Clock clock) {
        Home home = Home.at(folder).create();
        Trust trust = Trust.open(home, "first of " + host, host, clock);
        Database database =
                Database.open(home, DatabaseSettings.embedded().withTls(trust.serverTls()));
        Migrations.apply(database, Trust.MIGRATIONS);
        trust.attach(database);
        return new OneCluster(home, host, trust, database);
    }

    JoinToken token() {
        return JoinToken.parse(
                trust.authority().createToken(7000, AuthorityService.tokenLife(), "test").text());
    }

    /** What a new node sends. */
    Admission.Join request(String node, KeyPair key, JoinToken token) {
        return new Admission.Join(
                token.secret(), node, Issuing.request(key, NodeNames.role(node)), List.of());
    }

    /** A new node's home, without an API between. */
    Home join(Path folder, String node) {
        Home joined = Home.at(folder).create();
        KeyPair key = Issuing.newKey();
        JoinToken token = token();
        Admission.Answer answer = trust.authority().join(request(node, key, token));
        Joining.save(new TrustFiles(joined), token.address(), host, key, answer);
        return joined;
    }

    /** Gives a joined home another certificate, made by this cluster's authority at that time. */
    void reissue(Home joined, String node, Clock clock) {
        Authority authority = Authority.read(new TrustFiles(home), clock);
        TrustFiles files = new TrustFiles(joined);
        Identity own = Identity.read(files);
        files.write(
                TrustFiles.NODE,
                Pem.of(
                        authority.issue(
                                own.certificate().getPublicKey(),
                                NodeNames.role(node),
                                List.of())));
    }

    /** The same database by TLS, as a joined home sees it. */
    static Database open(Home joined) {
        return open(joined, Trust.databaseUrl(joined));
    }

    static Database open(Home home, String url) {
        return Database.open(home, DatabaseSettings.server(url, Map.of()));
    }

    @Override
    public void close() {
        trust.close();
        database.close();
    }
}
