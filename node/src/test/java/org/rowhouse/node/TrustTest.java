package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.calls.NodeDoor;
import org.rowhouse.node.TrustedCluster.Member;
import org.rowhouse.trust.Trust;
import org.rowhouse.wire.CallOptions;
import org.rowhouse.wire.Exchange;
import org.rowhouse.wire.Operation;
import org.rowhouse.wire.Service;

/** Nodes that find each other by tokens and certificates, over addresses of their own. */
class TrustTest {
    private static final int PORTS_TRIED = 20;
    private static final String HOST = "127.0.0.21";
    private static final String OTHER_HOST = "127.0.0.22";

    @TempDir static Path folder;
    private static TrustedCluster cluster;
    private static Member first;

    @BeforeAll
    static void start() {
        cluster = new TrustedCluster();
        first = cluster.up(folder.resolve("one"), "alpha", HOST);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void aNodeThatJoinedByATokenRunsTasksOverMutualTls() throws Exception {
        Member second = cluster.join(first, folder.resolve("two"), "beta", "127.0.0.23");
        Echoes.Word word =
                second.rowhouse()
                        .start(
                                "echoes/echo",
                                new Echoes.Word("over TLS"),
                                Echoes.Word.class,
                                StartOptions.DIRECT)
                        .result(Duration.ofSeconds(30));
        assertThat(word.text()).isEqualTo("over TLS");
        assertThat(second.rowhouse().database().embedded()).isFalse();
        assertThat(
                        rows(
                                second,
                                "select session_user || ' ' || current_user || ' ' || version ||"
                                        + " ' ' || client_dn from pg_stat_ssl where pid ="
                                        + " pg_backend_pid()"))
                .containsExactly("node-beta rowhouse TLSv1.3 /CN=node-beta");
        assertThat(
                        rows(
                                first,
                                "select count(*)::text from pg_stat_ssl s join pg_stat_activity a"
                                        + " using (pid) where a.usename = 'rowhouse' and s.ssl"))
                .as("loopback stays as it was")
                .containsExactly("0");
        assertThat(
                        rows(
                                first,
                                "select name || ' ' || (address like 'https:%') from rowhouse.node"
                                        + " where name in ('alpha', 'beta') order by 1"))
                .containsExactly("alpha true", "beta true");
        assertThat(
                        rows(
                                first,
                                "select count(*)::text from rowhouse.task where node = (select"
                                        + " number from rowhouse.node where name = 'beta')"))
                .as("the second node ran it")
                .containsExactly("1");
        onlyTheOwnerReads(first.home().trust(), second.home().trust());
        assertThat(second.home().trust().resolve("authority.key")).doesNotExist();
        assertThat(first.home().trust().resolve("authority.key")).exists();
        cluster.down(second);
        cluster.up(folder.resolve("two"), "beta", "127.0.0.23");
    }

    private static void onlyTheOwnerReads(Path... folders) throws IOException {
        for (Path one : folders) {
            try (Stream<Path> files = Files.walk(one)) {
                for (Path file : files.toList()) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .as(file.toString())
                            .isEqualTo(Files.isDirectory(file) ? "rwx------" : "rw-------");
                }
            }
        }
    }

    @Test
    void nodesOfTwoMachinesCallEachOtherByMutualTlsAndNoStrangerDoes() throws Exception {
        Member second = cluster.join(first, folder.resolve("caller"), "caller", "127.0.0.24");
        Service echo = new EchoService();
        try (NodeDoor here = door(second, "one machine", echo);
                NodeDoor there = door(first, "another", echo);
                org.rowhouse.wire.Connection connection = here.dial("alpha", there.address())) {
            assertThat(there.address().tls()).startsWith(HOST);
            byte[] answer =
                    connection.call(
                            EchoService.OPERATION,
                            new byte[] {7},
                            CallOptions.within(Duration.ofSeconds(10)));
            assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("caller asked 7");
            assertThatThrownBy(() -> here.dial("another-name", there.address()))
                    .extracting("code")
                    .isEqualTo(ErrorCode.CERTIFICATE_REFUSED);
            try (NodeDoor stranger = new NodeDoor(setting(second, "a third", "stranger"), echo)) {
                assertThatThrownBy(() -> stranger.dial("alpha", there.address()))
                        .as("a certificate of the cluster, and another node's name")
                        .isInstanceOf(RowhouseException.class);
            }
        }
    }

    @Test
    void theDoorForOtherMachinesIsAtThePortThatItIsTold() {
        EchoService echo = new EchoService();
        try (NodeDoor door = toldItsPort(echo)) {
            int port = portOf(door);
            assertThatThrownBy(() -> new NodeDoor(setting(first, "second", "alpha", port), echo))
                    .extracting("code")
                    .isEqualTo(ErrorCode.ADDRESS_UNAVAILABLE);
        }
    }

    /** A port that was free a moment ago may be another program's by now: then another one. */
    private static NodeDoor toldItsPort(EchoService echo) {
        RowhouseException taken = null;
        for (int i = 0; i < PORTS_TRIED; i++) {
            int port;
            try (NodeDoor before = door(first, "before", echo)) {
                port = portOf(before);
            }
            try {
                NodeDoor door = new NodeDoor(setting(first, "told", "alpha", port), echo);
                assertThat(portOf(door)).isEqualTo(port);
                return door;
            } catch (RowhouseException e) {
                taken = e;
            }
        }
        throw Objects.requireNonNull(taken);
    }

    private static int portOf(NodeDoor door) {
        String tls = Objects.requireNonNull(door.address().tls());
        return Integer.parseInt(tls.substring(tls.lastIndexOf(':') + 1));
    }

    private static NodeDoor door(Member member, String machine, Service service) {
        return new NodeDoor(setting(member, machine, member.rowhouse().trust().node()), service);
    }

    private static NodeDoor.Setting setting(Member member, String machine, String name) {
        return setting(member, machine, name, 0);
    }

    private static NodeDoor.Setting setting(Member member, String machine, String name, int port) {
        return new NodeDoor.Setting(
                name,
                machine,
                member.home().path().resolve("wire-" + machine.replace(' ', '-')),
                member.rowhouse().trust().memberContext(),
                member.rowhouse().trust().listen(),
                port,
                Trust::shownAs,
                node -> null,
                () -> Set.of("alpha", "caller", "stranger"));
    }

    /** Says who asked. */
    private static final class EchoService implements Service, Service.Endpoint {
        static final Operation OPERATION = new Operation("test/echo", "bytes", "str");

        @Override
        public Endpoint find(String operation, String peer) {
            return this;
        }

        @Override
        public Operation operation() {
            return OPERATION;
        }

        @Override
        public boolean quick() {
            return true;
        }

        @Override
        public byte[] call(byte[] request, Incoming incoming) {
            return (incoming.peer() + " asked " + request[0]).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void exchange(byte[] request, Exchange exchange, Incoming incoming) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void aTokenIsGoodOnce() {
        String token = first.token();
        join("once", token);
        refused(ErrorCode.UNAUTHORIZED, "twice", token, "was used already, by node 'once'");
    }

    @Test
    void aTokenExpires() throws Exception {
        String token =
                first.rowhouse()
                        .trust()
                        .authority()
                        .createToken(first.port(), Duration.ofSeconds(1), "test")
                        .text();
        long endNs = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (first.rowhouse().trust().tokens().lines().noneMatch(t -> t.contains("\"expired\""))
                && System.nanoTime() < endNs) {
            Thread.onSpinWait();
        }
        refused(ErrorCode.UNAUTHORIZED, "late", token, "expired at");
    }

    @Test
    void aTokenThatNobodyMadeIsRefused() {
        String token = first.token();
        int slash = token.lastIndexOf('/');
        String made =
                token.substring(0, slash + 1)
                        + "A".repeat(43)
                        + token.substring(token.lastIndexOf('.'));
        refused(ErrorCode.UNAUTHORIZED, "guess", made, "is not known here");
        refused(ErrorCode.INVALID_ARGUMENT, "half", token.substring(0, slash + 9), "whole line");
    }

    @Test
    void aNodeDoesNotSendItsTokenToSomebodyBetween() {
        try (TrustedCluster others = new TrustedCluster()) {
            Member between = others.up(folder.resolve("between"), "mallory", OTHER_HOST);
            String token = first.token();
            String diverted =
                    token.replace(HOST + ":" + first.port(), OTHER_HOST + ":" + between.port());
            refused(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "victim",
                    diverted,
                    "of another authority",
                    "Nothing was sent");
            assertThat(between.rowhouse().trust().tokens()).isEqualTo("[]");
            join("victim", token); // still good, so it was not used
            assertThatThrownBy(() ->
                            Rowhouse.join(
                                    TrustedCluster.options(home("victim"), "victim", null),
                                    between.token()))
                    .hasMessageContaining("has joined another cluster");
        }
    }

    @Test
    void namesAndAddressesBelongToOneNode() {
        join("taken", first.token());
        Path home = folder.resolve("again");
        assertRefused(
                ErrorCode.CONFLICT,
                () -> Rowhouse.join(TrustedCluster.options(home, "taken", null), first.token()),
                "'taken' is in the cluster already");
        String token = first.token();
        assertRefused(
                ErrorCode.CONFLICT,
                () -> Rowhouse.join(TrustedCluster.options(home, "copy", HOST), token),
                "belongs to node 'alpha'");
        Rowhouse.join(TrustedCluster.options(home, "copy", null), token); // was not used up
        assertRefused(
                ErrorCode.CONFLICT,
                () ->
                        Rowhouse.join(
                                TrustedCluster.options(folder.resolve("one"), "x", null),
                                first.token()),
                "has a database of its own");
    }

    @Test
    void aRevokedNodeIsRefusedByDatabaseAndApi() {
        join("lost", first.token());
        Rowhouse.open(TrustedCluster.options(home("lost"), "lost", null)).close();
        first.rowhouse().trust().authority().revoke("lost", "test");
        assertRefused(
                ErrorCode.CERTIFICATE_REFUSED,
                () -> Rowhouse.open(TrustedCluster.options(home("lost"), "lost", null)).close(),
                "CN=node-lost",
                "was revoked");
        assertRefused(
                ErrorCode.CERTIFICATE_REFUSED,
                () ->
                        TrustedCluster.database(
                                        folder.resolve("client"),
                                        Trust.databaseUrl(org.rowhouse.store.Home.at(home("lost"))))
                                .close(),
                "CN=node-lost",
                "was revoked");
        assertRefused(
                ErrorCode.CONFLICT,
                () -> first.rowhouse().trust().authority().revoke("alpha", "test"),
                "cannot shut itself out");
    }

    @Test
    void certificatesAreRenewedBeforeTheyEnd() throws Exception {
        join("renewed", first.token());
        Path file = home("renewed").resolve("trust/node.crt");
        String old = Files.readString(file);
        Clock soon = Clock.offset(Clock.systemUTC(), Duration.ofDays(19));
        Rowhouse.open(TrustedCluster.options(home("renewed"), "renewed", null), soon).close();
        assertThat(Files.readString(file)).as("not due yet").isEqualTo(old);
        Clock due = Clock.offset(Clock.systemUTC(), Duration.ofDays(21));
        Rowhouse.open(TrustedCluster.options(home("renewed"), "renewed", null), due).close();
        assertThat(Files.readString(file)).isNotEqualTo(old);
        assertThat(
                        rows(
                                first,
                                "select issued_by from rowhouse.certificate where node = 'renewed'"
                                        + " order by issued_at"))
                .containsExactly("token", "renewal");
    }

    @Test
    void otherMachinesMeetTlsAndTheToken() throws Exception {
        assertThat(get("/health", null).statusCode()).isEqualTo(401);
        assertThat(get("/openapi.json", null).statusCode()).isEqualTo(200);
        String token = Token.read(first.home().token()).header();
        assertThat(get("/health", token).statusCode()).isEqualTo(200);
        HttpResponse<String> renewal = send("POST", "/certificates/renew", null, "{}");
        assertThat(renewal.statusCode()).isEqualTo(ErrorCode.CERTIFICATE_REFUSED.httpStatus());
        assertThat(renewal.body()).contains("no client certificate was shown");
        try (Socket plain = new Socket(HOST, first.port())) {
            plain.setSoTimeout(10_000);
            plain.getOutputStream()
                    .write(
                            ("GET /health HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            byte[] answer = plain.getInputStream().readAllBytes();
            assertThat(new String(answer, StandardCharsets.ISO_8859_1)).doesNotContain("200 OK");
        } catch (java.net.SocketException e) {
            assertThat(e).as("it hangs up").isNotNull();
        }
    }

    @Test
    void secretsAreNeitherInListingsNorInTablesNorInSentences() throws Exception {
        String token = first.token();
        String secret = token.substring(token.lastIndexOf('/') + 1, token.lastIndexOf('.'));
        join("quiet", token);
        refused(ErrorCode.UNAUTHORIZED, "loud", token, "was used already");
        assertThat(first.rowhouse().trust().tokens()).contains("used").doesNotContain(secret);
        assertThat(first.rowhouse().trust().certificates())
                .contains("\"quiet\"")
                .doesNotContain("PRIVATE");
        assertThat(rows(first, "select t::text from rowhouse.join_token t"))
                .noneMatch(row -> row.contains(secret));
        assertThatThrownBy(() ->
                        Rowhouse.join(TrustedCluster.options(home("loud"), "loud", null), token))
                .message()
                .doesNotContain(secret);
        try (Stream<Path> logs = Files.walk(first.home().database().resolve("logs"))) {
            for (Path log : logs.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(log)).doesNotContain(secret, "PRIVATE KEY");
            }
        }
    }

    private static HttpResponse<String> get(String path, String token) throws Exception {
        return send("GET", path, token, "");
    }

    /** Asks as a client that trusts the cluster's authority and nobody else. */
    private static HttpResponse<String> send(String method, String path, String token, String body)
            throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(first.home().trust().resolve("authority.crt"))) {
            store.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), new SecureRandom());
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(first.api().outerAddress() + path))
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body));
        if (token != null) {
            request.header("Authorization", token);
        }
        try (HttpClient client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .sslContext(tls)
                        .build()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private static Path home(String name) {
        return folder.resolve("home-" + name);
    }

    private static void join(String name, String token) {
        Rowhouse.join(TrustedCluster.options(home(name), name, null), token);
    }

    private static void refused(ErrorCode code, String name, String token, String... words) {
        assertRefused(code, () -> join(name, token), words);
    }

    private static void assertRefused(
            ErrorCode code,
            org.assertj.core.api.ThrowableAssert.ThrowingCallable act,
            String... words) {
        assertThatThrownBy(act)
                .asInstanceOf(type(RowhouseException.class))
                .satisfies(e -> {
                    assertThat(e.getMessage()).contains(words);
                    assertThat(e.code()).isEqualTo(code);
                });
    }

    private static List<String> rows(Member member, String sql) throws Exception {
        List<String> rows = new ArrayList<>();
        try (Connection connection = member.rowhouse().database().connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return rows;
    }
}
